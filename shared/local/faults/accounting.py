"""The account of what happened: a line for each match, on disk before anything is done about it.

A line says `{"plan": …, "fault": <index>, "count": 1, "what": {…}}`; a line with `"count": -1` takes one back. The
processes of a part share its file, so the lock of the file decides whose turn it is.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from shared.local.faults.plan import Fault, parse_plan

PLAN_FILE = "plan.json"


@dataclass(frozen=True)
class ArmedFault:
    """A fault of the plan in force: its place in the plan, and the account of its part."""

    plan: str
    index: int
    fault: Fault
    account: Path

    def __str__(self) -> str:
        fault = msgspec.json.encode(self.fault).decode()
        return f"fault {self.index} happened {self.happened} of {self.fault.times} times: {fault}"

    @property
    def happened(self) -> int:
        """How often the fault has happened so far."""
        with self._locked_account() as file:
            return max(0, self._matches(file) - self.fault.skip)

    def take(self, what: Mapping[str, str]) -> bool:
        """Note a match, unless the fault has had all of its own; tell whether the fault is to happen now."""
        with self._locked_account() as file:
            matches = self._matches(file)
            if matches >= self.fault.skip + self.fault.times:
                return False
            self._note(file, 1, what)
            return matches >= self.fault.skip

    def give_back(self) -> None:
        """Note that a match came to nothing: another one will be taken in its stead."""
        with self._locked_account() as file:
            self._note(file, -1, {})

    @contextmanager
    def _locked_account(self) -> Iterator[IO[str]]:
        with self.account.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            # Before the lock goes. What the system holds outlives this process.
            file.flush()

    def _matches(self, file: IO[str]) -> int:
        file.seek(0)
        lines = map(json.loads, file)
        return sum(line["count"] for line in lines if (line["plan"], line["fault"]) == (self.plan, self.index))

    def _note(self, file: IO[str], count: int, what: Mapping[str, str]) -> None:
        file.write(json.dumps({"plan": self.plan, "fault": self.index, "count": count, "what": what}) + "\n")


def read_armed(folder: Path) -> list[ArmedFault]:
    """Return the faults of the plan in force.

    Raises:
        PlanError: somebody wrote a plan that cannot be carried out.
    """
    with (folder / PLAN_FILE).open("rb") as file:
        identity, plan = identity_of(os.fstat(file.fileno())), parse_plan(file.read())
    return [
        ArmedFault(identity, number, each, folder / f"{each.part}.jsonl") for number, each in enumerate(plan.faults)
    ]


def identity_of(plan_file: os.stat_result) -> str:
    """Return what tells a plan from those before it, even if they say the same."""
    return f"{plan_file.st_ino}-{plan_file.st_mtime_ns}"


def outstanding(folder: Path) -> list[ArmedFault]:
    """Return the faults of the plan in force that have not happened as often as they should."""
    return [armed for armed in read_armed(folder) if armed.happened < armed.fault.times]
