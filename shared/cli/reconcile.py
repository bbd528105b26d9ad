"""`playhead reconcile`: what Firestore, R2, Glacier and RealtimeKit do not agree on; `--fix` does what is safe.

One line for each disagreement, and a summary. The exit status is 0 where all agree in the end, 1 where something does
not, 2 where not everything could be compared. Above 165 rooms it takes its time: about three a second.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from shared import ports
from shared.cli.reaching import reach_platform
from shared.errors import PlayheadError
from shared.ports import files, meetings, rooms
from shared.request_budget import Budget, Limit
from shared.rooms.reconciling.disagreements import Finding, Sides
from shared.rooms.reconciling.finding import find_disagreements
from shared.wiring import wired

AGREES, DISAGREES, NOT_COMPARED = 0, 1, 2
#: A third of what RealtimeKit answers in 50 s (1,000) and in 5 minutes (3,500): meanwhile recordings are started and
#: stopped.
PACE = Limit(330, 50)


def reconcile(folder: Path, *, fix: bool) -> int:
    """Compare the sides of the platform on that folder, or of a deployment; returns the exit status."""
    reach_platform(folder)
    sides = Sides(
        rooms=wired(rooms.Rooms),
        hot=wired(files.HotFiles),
        cold=wired(files.ColdFiles),
        meetings=wired(meetings.Meetings),
        tasks=wired(ports.Tasks),
        ids=wired(ports.Ids),
        now=wired(ports.Clock).now(),
        await_turn=partial(wait_for_turn, Budget(PACE)),
    )
    try:
        return report(sides, fix=fix)
    except PlayheadError as error:
        print(f"playhead: not everything could be compared: {error}", file=sys.stderr)
        return NOT_COMPARED


def wait_for_turn(pace: Budget, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return when the budget has one request more, which is taken."""
    while wait_s := pace.take():
        sleep(wait_s)


def report(sides: Sides, *, fix: bool) -> int:
    """Print what does not agree as it is found, and how many there are; returns the exit status."""
    counted: Counter[str] = Counter()
    for finding in find_disagreements(sides):
        kind, ending = _treat(finding, fix=fix)
        counted[kind] += 1
        print(f"{finding.subject}: {finding.problem}; {ending}")
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items()))
    print(f"Disagreements: {counts}." if counted else "All sides agree.")
    return AGREES if counted.total() == counted["fixed"] else DISAGREES


def _treat(finding: Finding, *, fix: bool) -> tuple[str, str]:
    """What a finding counts as, and how its line ends."""
    if finding.remedy is None:
        return "for a person", "this needs a person"
    if not fix:
        return "fixable", f"--fix would {finding.remedy.does}"
    try:
        is_well = finding.remedy.apply()
    except PlayheadError as error:
        return "not fixed", f"tried to {finding.remedy.does}: {error}"
    return ("fixed", f"done: {finding.remedy.does}") if is_well else ("not fixed", f"could not {finding.remedy.does}")
