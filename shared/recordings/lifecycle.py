"""The life of a recording, as data.

    capturing ──stopped──────────┐
                                 ▼
    awaiting_media ──confirmed─▶ processing ──run_done─▶ ready ──archived─▶ archived
          │                        │      ▲                │
          └───────gave_up──────────┴─▶ failed ──new_run────┘ (and ready ──new_run─▶ processing)

In the feedback family a new run may also take the place of one that is under way, and in the rooms family an import
may begin, or begin again, while a recording is `processing`.

A move that is not a row of the table is refused; `apply` is the only place where a state changes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict
from shared.recordings.recording import Failure, Family, Move, Recording, State
from shared.structs import Struct, replace

#: How many moves a recording remembers.
HISTORY_LENGTH = 20


class Cause(StrEnum):
    CREATED = "created"
    STOPPED = "stopped"
    MEDIA_CONFIRMED = "media_confirmed"
    RUN_DONE = "run_done"
    GAVE_UP = "gave_up"
    NEW_RUN = "new_run"
    ARCHIVED = "archived"
    OWNER_SET = "owner_set"  #: not a row of the table: `override` only


class Row(Struct, frozen=True):
    """One legal move: in these families, from this state, this cause leads to that state."""

    families: frozenset[Family]
    source: State
    cause: Cause
    target: State


def _rows(families: str, sources: str, cause: Cause, target: State) -> tuple[Row, ...]:
    members = frozenset(Family) if families == "all" else frozenset(Family(name) for name in families.split())
    return tuple(Row(members, State(source), cause, target) for source in sources.split())


INITIAL: dict[Family, frozenset[State]] = {
    Family.CAPTURE: frozenset({State.AWAITING_MEDIA, State.PROCESSING}),
    Family.FEEDBACK: frozenset({State.AWAITING_MEDIA}),
    Family.ROOMS: frozenset({State.CAPTURING, State.PROCESSING}),
    Family.SESSIONS: frozenset({State.PROCESSING}),
}

TABLE: tuple[Row, ...] = (
    *_rows("rooms", "capturing", Cause.STOPPED, State.PROCESSING),
    *_rows("capture feedback", "awaiting_media", Cause.MEDIA_CONFIRMED, State.PROCESSING),
    *_rows("all", "processing", Cause.RUN_DONE, State.READY),
    *_rows("all", "capturing awaiting_media processing", Cause.GAVE_UP, State.FAILED),
    *_rows("feedback rooms sessions", "ready failed", Cause.NEW_RUN, State.PROCESSING),
    *_rows("feedback rooms", "processing", Cause.NEW_RUN, State.PROCESSING),
    *_rows("rooms", "ready", Cause.ARCHIVED, State.ARCHIVED),
)

#: Families whose owners keep recordings of their own making up to date by hand.
MOVED_BY_OWNERS = frozenset({Family.SESSIONS})

_TARGETS = {(family, row.source, row.cause): row.target for row in TABLE for family in row.families}


class IllegalMove(Conflict):
    """The recording's state does not allow this."""

    code = "illegal_state"


class Origin(Struct, frozen=True, kw_only=True):
    """Where a move comes from, for the history."""

    actor: str
    step: str | None = None
    attempt: int | None = None


def target_of(family: Family, state: State, cause: Cause) -> State | None:
    """The state that `cause` leads to, or None where the table has no such row."""
    return _TARGETS.get((family, state, cause))


def begin(recording: Recording, *, origin: Origin) -> Recording:
    """A new recording with the first entry of its history.

    Raises:
        IllegalMove: no recording of this family starts in this state.
    """
    if recording.state not in INITIAL[recording.family]:
        raise IllegalMove(f"a {recording.family} recording cannot start as {recording.state}")
    first = Move(at=recording.created_at, cause=Cause.CREATED, state=recording.state, actor=origin.actor)
    return replace(recording, history=(first,))


def apply(
    recording: Recording, cause: Cause, *, now: datetime, origin: Origin, failure: Failure | None = None
) -> Recording:
    """The recording after `cause`, with the move in its history.

    Raises:
        IllegalMove: the table has no such row.
    """
    target = target_of(recording.family, recording.state, cause)
    if target is None:
        raise IllegalMove(f"a recording that is {recording.state} does not take {cause}")
    return _moved(recording, target, cause, now=now, origin=origin, failure=failure)


def override(recording: Recording, state: State, *, now: datetime, origin: Origin) -> Recording:
    """The recording in the state that its owner says it is in; whoever calls sees to it that no run is alive.

    Raises:
        IllegalMove: recordings of this family are moved by their runs alone.
    """
    if recording.family not in MOVED_BY_OWNERS:
        raise IllegalMove(f"the state of a {recording.family} recording cannot be set")
    return _moved(recording, state, Cause.OWNER_SET, now=now, origin=origin, failure=None)


def _moved(
    recording: Recording, target: State, cause: Cause, *, now: datetime, origin: Origin, failure: Failure | None
) -> Recording:
    move = Move(
        at=now,
        cause=cause,
        state=target,
        actor=origin.actor,
        step=origin.step,
        attempt=origin.attempt,
        error_code=failure.code if failure else None,
    )
    return replace(
        recording,
        state=target,
        updated_at=now,
        failure=failure,
        upload_deadline=None,
        history=(*recording.history, move)[-HISTORY_LENGTH:],
    )
