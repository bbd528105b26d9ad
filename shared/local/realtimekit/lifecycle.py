"""How recordings move. Pure.

INVOKED ──▶ RECORDING ⇄ PAUSED ──▶ UPLOADING ──▶ UPLOADED
   └────────────┴─────────┴───────────┴─────────▶ ERRORED
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from shared.local.realtimekit.entities import LIVE, SECOND_US, Meeting, Recording, Status, StopReason

_NEXT: Mapping[Status, frozenset[Status]] = {
    "INVOKED": frozenset({"RECORDING", "UPLOADING", "ERRORED"}),
    "RECORDING": frozenset({"PAUSED", "UPLOADING", "ERRORED"}),
    "PAUSED": frozenset({"RECORDING", "UPLOADING", "ERRORED"}),
    "UPLOADING": frozenset({"UPLOADED", "ERRORED"}),
    "UPLOADED": frozenset(),
    "ERRORED": frozenset(),
}
#: The moves of a recording that nothing happens to.
_STRAIGHT_ON: Mapping[Status, Status] = {
    "INVOKED": "RECORDING",
    "RECORDING": "UPLOADING",
    "PAUSED": "UPLOADING",
    "UPLOADING": "UPLOADED",
}


class IllegalMove(ValueError):
    """A recording cannot go there from where it is."""


class Move(NamedTuple):
    """What a recording will do by itself, and when."""

    at_us: int
    to: Status
    reason: StopReason | None = None


def next_move(recording: Recording, meeting: Meeting, *, step_s: float, empty_s: float) -> Move | None:
    """Return what comes next if nobody interferes; None if nothing does."""
    if recording.status in meeting.held_at or recording.status not in _STRAIGHT_ON:
        return None
    if recording.status in ("INVOKED", "UPLOADING"):
        return Move(recording.changed_us + int(step_s * SECOND_US), _STRAIGHT_ON[recording.status])
    ends = [Move((recording.started_us or recording.invoked_us) + recording.max_seconds * SECOND_US, "UPLOADING")]
    if not meeting.participants:
        empty_since_us = max(meeting.empty_since_us, recording.invoked_us)
        ends.append(Move(empty_since_us + int(empty_s * SECOND_US), "UPLOADING", "ALL_PEERS_LEFT"))
    return min(ends, key=lambda move: move.at_us)


def moved(recording: Recording, to: Status, at_us: int, reason: StopReason | None = None) -> Recording:
    """Return the recording after one move.

    Raises:
        IllegalMove: there is no such move.
    """
    if to not in _NEXT[recording.status]:
        raise IllegalMove(f"a recording cannot go from {recording.status} to {to}")
    changes: dict[str, object] = {"status": to, "changed_us": at_us}
    if to == "RECORDING" and recording.started_us is None:
        changes["started_us"] = at_us
    if recording.status in LIVE and to not in LIVE:
        changes |= {"started_us": recording.started_us or at_us, "stopped_us": at_us, "stop_reason": reason}
    return msgspec.structs.replace(recording, **changes)


def way_to(recording: Recording, to: Status) -> list[Status]:
    """Return the moves that lead there: straight on, and to the side as soon as that is possible.

    Raises:
        IllegalMove: there is no way.
    """
    way: list[Status] = []
    at = recording.status
    is_to_the_side = to not in _STRAIGHT_ON.values()
    while at != to or not way:
        if is_to_the_side and to in _NEXT[at]:
            at = to
        elif at in _STRAIGHT_ON:
            at = _STRAIGHT_ON[at]
        else:
            raise IllegalMove(f"a recording cannot go from {recording.status} to {to}")
        way.append(at)
    return way
