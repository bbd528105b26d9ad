"""How a command reaches the platform that it is about: by the settings around it, or those of a data folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from shared.cli.environment import read_environment

PROBE_S = 2


def reach_platform(folder: Path) -> None:
    """Take on the settings of the platform on that folder, unless there are some already (a deployment's, say).

    Raises:
        SystemExit: there is no platform on the folder, or it is not running.
    """
    if "PLAYHEAD_PROJECT" not in os.environ:
        os.environ.update(_environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    try:
        environment = read_environment(folder)
        host, _, port = environment["FIRESTORE_EMULATOR_HOST"].partition(":")
        socket.create_connection((host, int(port)), timeout=PROBE_S).close()
    except FileNotFoundError:
        raise SystemExit(f"no platform has run on {folder}: start one with `playhead up`") from None
    except OSError:
        raise SystemExit(f"the platform on {folder} is not running: start it with `playhead up`") from None
    return environment
