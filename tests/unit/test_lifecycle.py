"""The life of a recording: what the table allows, and that nothing else happens."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recordings.lifecycle import HISTORY_LENGTH, Cause, IllegalMove, Origin, apply, begin, override, target_of
from shared.recordings.recording import Failure, Family, State
from shared.structs import replace
from tests.unit.examples import recording
from tests.unit.fakes import START

LATER = START + timedelta(minutes=5)
ORIGIN = Origin(actor="step:remux_video", step="remux_video", attempt=2)
REASON = Failure(code="broken", message="The file is broken.")

#: families | from | cause | to
TABLE = """
rooms                           | capturing      | stopped         | processing
capture feedback                | awaiting_media | media_confirmed | processing
capture feedback rooms sessions | processing     | run_done        | ready
capture feedback rooms sessions | capturing      | gave_up         | failed
capture feedback rooms sessions | awaiting_media | gave_up         | failed
capture feedback rooms sessions | processing     | gave_up         | failed
feedback rooms sessions         | ready          | new_run         | processing
feedback rooms sessions         | failed         | new_run         | processing
feedback rooms                  | processing     | new_run         | processing
rooms                           | ready          | archived        | archived
"""
EXPECTED = {
    (family, source, cause): target
    for families, source, cause, target in (map(str.strip, row.split("|")) for row in TABLE.strip().splitlines())
    for family in families.split()
}
INITIAL = {
    "capture": {"awaiting_media", "processing"},
    "feedback": {"awaiting_media"},
    "rooms": {"capturing", "processing"},
    "sessions": {"processing"},
}


@pytest.mark.parametrize(("family", "state", "cause"), list(product(Family, State, Cause)))
def test_a_move_is_a_row_of_the_table_or_refused(family: Family, state: State, cause: Cause) -> None:
    before = recording(family=family, state=state)

    expected = EXPECTED.get((family, state, cause))

    assert target_of(family, state, cause) == expected
    if expected is None:
        with pytest.raises(IllegalMove):
            apply(before, cause, now=LATER, origin=ORIGIN)
    else:
        assert apply(before, cause, now=LATER, origin=ORIGIN).state == expected


def test_a_move_changes_the_state_and_what_belongs_to_it_and_nothing_else() -> None:
    before = recording(
        state=State.AWAITING_MEDIA,
        current_run="run1",
        upload_deadline=LATER,
        details={"name": "Checkout"},
    )

    after = apply(before, Cause.MEDIA_CONFIRMED, now=LATER, origin=ORIGIN)

    assert after == replace(
        before, state=State.PROCESSING, updated_at=LATER, upload_deadline=None, history=after.history
    )


def test_a_move_is_remembered_with_its_origin() -> None:
    failed = apply(recording(), Cause.GAVE_UP, now=LATER, origin=ORIGIN, failure=REASON)

    move = failed.history[-1]

    assert (move.at, move.cause, move.state) == (LATER, Cause.GAVE_UP, State.FAILED)
    assert (move.actor, move.step, move.attempt) == ("step:remux_video", "remux_video", 2)
    assert move.error_code == "broken"


def test_a_failed_recording_says_why_until_it_is_processed_again() -> None:
    failed = apply(recording(family=Family.SESSIONS), Cause.GAVE_UP, now=LATER, origin=ORIGIN, failure=REASON)

    again = apply(failed, Cause.NEW_RUN, now=LATER, origin=ORIGIN)

    assert failed.failure == REASON
    assert again.failure is None


@given(st.integers(1, 3 * HISTORY_LENGTH))
def test_the_last_twenty_moves_are_kept_oldest_first(moves: int) -> None:
    moved = begin(recording(family=Family.SESSIONS), origin=Origin(actor="user:anna"))

    for number in range(moves):
        cause = Cause.RUN_DONE if moved.state is State.PROCESSING else Cause.NEW_RUN
        moved = apply(moved, cause, now=START + timedelta(seconds=number + 1), origin=ORIGIN)

    assert len(moved.history) == min(moves + 1, 20)
    assert moved.history[-1].at == START + timedelta(seconds=moves)
    assert [move.at for move in moved.history] == sorted(move.at for move in moved.history)


@pytest.mark.parametrize(("family", "state"), list(product(Family, State)))
def test_a_recording_begins_in_an_initial_state_of_its_family_or_not_at_all(family: Family, state: State) -> None:
    new = recording(family=family, state=state)

    if state in INITIAL[family]:
        begun = begin(new, origin=Origin(actor="user:anna"))
        assert begun == replace(new, history=begun.history)
        assert [(move.cause, move.state, move.actor) for move in begun.history] == [("created", state, "user:anna")]
    else:
        with pytest.raises(IllegalMove):
            begin(new, origin=Origin(actor="user:anna"))


@pytest.mark.parametrize(("family", "source", "target"), list(product(Family, State, State)))
def test_an_owner_sets_the_state_of_a_session_and_of_nothing_else(family: Family, source: State, target: State) -> None:
    before = recording(family=family, state=source, failure=REASON)

    if family is not Family.SESSIONS:
        with pytest.raises(IllegalMove):
            override(before, target, now=LATER, origin=Origin(actor="user:anna"))
        return
    after = override(before, target, now=LATER, origin=Origin(actor="user:anna"))

    assert after == replace(before, state=target, updated_at=LATER, failure=None, history=after.history)
    move = after.history[-1]
    assert (move.at, move.cause, move.state, move.actor) == (LATER, Cause.OWNER_SET, target, "user:anna")


def test_what_an_owner_has_set_is_no_row_of_the_table() -> None:
    assert all(target_of(family, state, Cause.OWNER_SET) is None for family, state in product(Family, State))
