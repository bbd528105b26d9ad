"""For those who ask for faults: arm a plan, and insist that all of it happened.

    with armed(data_dir, [{"part": "tasks", "at": "deliver", "do": "drop"}]):
        ...  # what must withstand it

A platform heeds plans only if it was started with one; an empty one will do.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shared.local.faults.accounting import PLAN_FILE, outstanding
from shared.local.faults.plan import parse_plan

FaultFields = Mapping[str, object]

_POLL_S = 0.02


class FaultsOutstanding(AssertionError):
    """Faults of the plan did not happen; the message names them."""


def faults_folder(data_dir: Path) -> Path:
    """Return the folder that a platform's plan and accounts are in."""
    return data_dir / "faults"


def arm(folder: Path, faults: Sequence[FaultFields]) -> None:
    """Put a plan in force instead of the one before it; what happened until then counts no more.

    Raises:
        PlanError: it says something that no part can do.
    """
    content = msgspec.json.encode({"faults": faults})
    parse_plan(content)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "plan.draft"
    draft.write_bytes(content)
    draft.replace(folder / PLAN_FILE)


def assert_all_happened(folder: Path, *, within_s: float = 5.0) -> None:
    """Return as soon as every fault of the plan in force has happened.

    Raises:
        FaultsOutstanding: some have not in time.
    """
    deadline_s = time.monotonic() + within_s
    while left := outstanding(folder):
        if time.monotonic() > deadline_s:
            raise FaultsOutstanding("\n".join(map(str, left)))
        time.sleep(_POLL_S)


@contextmanager
def armed(data_dir: Path, faults: Sequence[FaultFields], *, within_s: float = 5.0) -> Iterator[None]:
    """Run the block with these faults and none after it.

    Raises:
        FaultsOutstanding: the block ended well, and `within_s` seconds later some had not happened.
    """
    folder = faults_folder(data_dir)
    arm(folder, faults)
    try:
        yield
        assert_all_happened(folder, within_s=within_s)
    finally:
        arm(folder, [])
