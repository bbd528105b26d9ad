"""`playhead up`, `playhead keys` and `playhead reconcile`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.cli.keys import create_key
from shared.cli.reconcile import reconcile
from shared.cli.up import Command, bring_up
from shared.local.faults.arming import FaultFields
from shared.local.faults.plan import PlanError, parse_plan

DEFAULT_DATA = Path(".playhead")
NO_SUCH_COMMAND = 127  # as shells say it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = None
    if "--" in words:
        position = words.index("--")
        words, command = words[:position], words[position + 1 :]
    parser = _parser()
    chosen = parser.parse_args(words)
    if command is not None and not command:
        parser.error("there is no command behind the two dashes")
    if chosen.command == "up":
        if command and shutil.which(command[0]) is None:
            print(f"playhead: no such command: {command[0]}", file=sys.stderr)
            return NO_SUCH_COMMAND
        return bring_up(Command(chosen.data.resolve(), chosen.firestore, command, chosen.faults))
    if chosen.command == "reconcile":
        return reconcile(chosen.data.resolve(), fix=chosen.fix)
    print(create_key(chosen.data.resolve(), tenant=chosen.tenant, user=chosen.user, role=chosen.role))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="playhead", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser(
        "up",
        help="start the local platform; with `-- command`, run it against the platform and stop",
    )
    up.add_argument("--firestore", choices=("embedded", "google"), default="embedded")
    up.add_argument("--faults", type=_read_faults, metavar="FILE", help="a plan of faults, all of which must happen")
    keys = commands.add_parser("keys", help="API keys").add_subparsers(dest="action", required=True)
    create = keys.add_parser("create", help="print a new API key; it is not shown again")
    create.add_argument("--tenant", required=True, type=_named, help="made on the fly")
    create.add_argument("--user", default="api", type=_named)
    create.add_argument("--role", choices=("member", "admin"), default="member")
    compare = commands.add_parser(
        "reconcile", help="name what Firestore, the stores and RealtimeKit do not agree on about recordings of rooms"
    )
    compare.add_argument("--fix", action="store_true", help="set right what can be without losing anything")
    for command in (up, create, compare):
        command.add_argument(
            "--data", type=Path, default=Path(os.environ.get("PLAYHEAD_DATA", DEFAULT_DATA)), metavar="DIR"
        )
    return parser


def _named(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _read_faults(path: str) -> list[FaultFields]:
    try:
        content = Path(path).read_bytes()
        parse_plan(content)
    except (OSError, PlanError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    faults: list[FaultFields] = json.loads(content)["faults"]
    return faults


if __name__ == "__main__":
    sys.exit(main())
