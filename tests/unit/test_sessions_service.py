"""Sessions that their clients track, what is said of all of them, and what their owners change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import NotFound, Upstream
from shared.recordings.codec import to_plain
from shared.recordings.deleting import delete_recording
from shared.recordings.idempotency import Once, OnceRecord, StillInProgress
from shared.recordings.preferences import Preferences, preferences_id
from shared.recordings.recording import Caller, Family, Recording, State, Tombstone
from shared.recordings.runs import RunState
from shared.sessions import service
from shared.sessions.domain import AccountSettings, AgentTarget, SessionChange, Stats
from shared.sessions.failures import RunUnderWay
from shared.sessions.service import (
    Session,
    count_sessions,
    details_of,
    find_settings,
    get_session,
    list_sessions,
    update_session,
    update_settings,
)
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START, FakeIds
from tests.unit.session_examples import CARL, SESSION_ID, SessionWorld, details_with, session


@pytest.fixture
def world() -> SessionWorld:
    return SessionWorld()


def update(world: SessionWorld, id: str, *, by: Caller = ANNA, **change: Any) -> Session:
    return update_session(
        id, SessionChange(**change), by=by, recordings=world.recordings, now=world.clock.now() + timedelta(minutes=1)
    )


def choose(world: SessionWorld, *, by: Caller = ANNA, **changes: Any) -> AccountSettings:
    return update_settings(changes, by=by, recordings=world.recordings)


def settings(world: SessionWorld, by: Caller = ANNA) -> AccountSettings:
    return find_settings(by=by, recordings=world.recordings)


class FirstCodes(FakeIds):
    """Gives these codes first."""

    def __init__(self, *codes: str) -> None:
        super().__init__()
        self._codes = list(codes)

    def code(self, length: int) -> str:
        return self._codes.pop(0) if self._codes else super().code(length)


class TestCreating:
    def test_a_session_by_hand_is_processing_and_has_no_run(self, world: SessionWorld) -> None:
        made = world.create_by_hand(title="Checkout", frame_count=3, url_count=2)

        recording = world.recording(made.recording.id)
        assert recording == made.recording
        assert (recording.state, recording.current_run, recording.family) == (State.PROCESSING, None, Family.SESSIONS)
        assert (recording.tenant_id, recording.user_id) == ("acme", "anna")
        assert made.details == details_with(seed_url=None, frame_count=3, url_count=2)
        assert [(move.cause, move.actor) for move in recording.history] == [("created", "user:anna")]
        assert made.prompt == ""
        assert world.tasks.waiting == {}

    def test_without_an_agent_it_is_for_the_accounts_own(self, world: SessionWorld) -> None:
        choose(world, default_agent=AgentTarget.CURSOR)

        assert world.create_by_hand().details.agent_target is AgentTarget.CURSOR
        assert world.create_by_hand(agent_target=AgentTarget.RAW).details.agent_target is AgentTarget.RAW
        assert world.create_by_hand(by=CARL).details.agent_target is AgentTarget.CLAUDE_CODE

    def test_an_id_that_any_session_has_or_had_or_was_promised_is_not_given_again(self, world: SessionWorld) -> None:
        deleted = Tombstone(
            id="sess_DELETED1",
            family=Family.SESSIONS,
            tenant_id="other",
            user_id="bert",
            created_at=START,
            deleted_at=START,
            purge_after=None,
        )
        world.ids = FirstCodes("GRANTED1")
        world.grant(by=BERT)
        world.recordings.put(replace(session(tenant_id="other"), id="sess_EXISTING"), deleted)
        world.ids = FirstCodes("EXISTING", "DELETED1", "GRANTED1", "UNUSED01")

        assert world.create_by_hand().recording.id == "sess_UNUSED01"

    def test_a_replay_makes_nothing_and_shows_the_session_as_it_is_now(self, world: SessionWorld) -> None:
        made = world.create_by_hand()
        update(world, made.recording.id, prompt="since then", values={"title": "Renamed"})

        again = world.create_by_hand(once=Once(made=made.recording.id))

        assert (again.recording.id, again.details.title, again.prompt) == (made.recording.id, "Renamed", "since then")
        assert len(world.recordings.all_of(Recording)) == 1

    def test_a_replay_of_a_session_that_was_deleted_finds_nothing(self, world: SessionWorld) -> None:
        id = world.create_by_hand().recording.id
        now = world.clock.now()
        delete_recording(id, family=Family.SESSIONS, by=ANNA, recordings=world.recordings, media=world.media, now=now)

        with pytest.raises(NotFound):
            world.create_by_hand(once=Once(made=id))

    def test_the_key_is_remembered_with_the_session_or_not_at_all(self, world: SessionWorld) -> None:
        record = OnceRecord(id="once1", body_hash="hash", expire_at=START + timedelta(seconds=60))
        world.recordings.put(record)

        made = world.create_by_hand(once=Once(record=record))
        with pytest.raises(StillInProgress):
            world.create_by_hand(once=Once(record=record))

        assert [one.resource_id for one in world.recordings.all_of(OnceRecord)] == [made.recording.id]
        assert len(world.recordings.all_of(Recording)) == 1

    def test_a_contended_transaction_makes_one_session(self, world: SessionWorld) -> None:
        world.recordings.conflict(3)

        made = world.create_by_hand()

        assert world.recordings.all_of(Recording) == [made.recording]


class TestListing:
    def test_the_session_that_changed_last_comes_first(self, world: SessionWorld) -> None:
        first, second, third = (self._at(world, minute) for minute in range(3))
        world.clock.advance(timedelta(hours=1))
        update(world, first, prompt="new")

        listed = list_sessions(by=ANNA, recordings=world.recordings)

        assert [(one.recording.id, one.prompt) for one in listed] == [(first, "new"), (third, ""), (second, "")]

    def test_a_user_sees_their_own_sessions_and_nobody_elses(self, world: SessionWorld) -> None:
        mine = world.create_by_hand().recording.id
        for other in (CARL, BERT):
            world.create_by_hand(by=other)
        world.create(by=ANNA)

        assert [one.recording.id for one in list_sessions(by=ANNA, recordings=world.recordings)] == [mine]
        for other in (CARL, BERT):
            with pytest.raises(NotFound):
                get_session(mine, by=other, recordings=world.recordings)

    def test_a_list_is_one_answer_of_bounded_length(self, world: SessionWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "MOST_LISTED", 2)
        ids = [self._at(world, minute) for minute in range(3)]

        listed = list_sessions(by=ANNA, recordings=world.recordings)

        assert [one.recording.id for one in listed] == [ids[2], ids[1]]

    def test_nobody_has_no_sessions(self, world: SessionWorld) -> None:
        assert list_sessions(by=ANNA, recordings=world.recordings) == []

    @staticmethod
    def _at(world: SessionWorld, minute: int) -> str:
        world.clock.advance(timedelta(minutes=minute))
        return world.create_by_hand().recording.id


class TestCounting:
    def test_no_sessions_are_all_zeros(self, world: SessionWorld) -> None:
        assert count_sessions(by=ANNA, recordings=world.recordings) == Stats()

    def test_durations_are_of_all_sessions_and_times_of_the_complete_ones(self, world: SessionWorld) -> None:
        for number, (state, duration_s, processing_ms) in enumerate(
            [
                (State.READY, 10, 1000),
                (State.READY, 20, 4001),
                (State.PROCESSING, 30, 0),
                (State.FAILED, 40, 90_000),
            ]
        ):
            details = details_with(duration_s=duration_s, processing_ms=processing_ms)
            world.recordings.put(replace(session(state=state, details=to_plain(details)), id=f"sess_0000000{number}"))
        world.create_by_hand(by=CARL)

        assert count_sessions(by=ANNA, recordings=world.recordings) == Stats(
            total_sessions=4, completed_sessions=2, total_duration_s=100, average_processing_ms=2500
        )


class TestUpdating:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"title": "Renamed"}, {"title": "Renamed"}),
            ({"duration_s": 12}, {"duration_s": 12}),
            ({"urls": ["https://a.test/", "b"]}, {"urls": ("https://a.test/", "b")}),
            ({"agent_target": AgentTarget.RAW}, {"agent_target": AgentTarget.RAW}),
            ({"frame_count": 4, "url_count": 0}, {"frame_count": 4, "url_count": 0}),
            ({}, {}),
        ],
    )
    def test_what_is_sent_is_changed_and_nothing_else(
        self, world: SessionWorld, values: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        before = world.process()

        updated = update(world, before.id, values=values)

        after = world.recording(before.id)
        assert after == replace(before, details=after.details, updated_at=START + timedelta(minutes=1))
        assert details_of(after) == replace(details_of(before), **expected)
        assert (updated.recording, updated.prompt) == (after, world.prompt())

    def test_a_prompt_is_changed_beside_the_session(self, world: SessionWorld) -> None:
        id = world.create_by_hand().recording.id

        updated = update(world, id, prompt="Written by hand.")

        assert updated.prompt == world.prompt(id) == "Written by hand."
        assert get_session(id, by=ANNA, recordings=world.recordings) == updated

    def test_an_empty_prompt_is_a_prompt(self, world: SessionWorld) -> None:
        world.process()

        update(world, SESSION_ID, prompt="")

        assert world.prompt() == ""

    @pytest.mark.parametrize(
        ("status", "state"), [("complete", State.READY), ("error", State.FAILED), ("processing", State.PROCESSING)]
    )
    def test_an_owner_moves_a_session_that_nobody_processes(
        self, world: SessionWorld, status: str, state: State
    ) -> None:
        before = world.process(state=State.READY if state is not State.READY else State.FAILED)

        after = update(world, before.id, status=status).recording

        assert after.state is state
        assert [(move.cause, move.actor, move.state) for move in after.history] == [("owner_set", "user:anna", state)]

    def test_a_session_that_is_where_it_should_be_is_not_moved(self, world: SessionWorld) -> None:
        before = world.process()

        assert update(world, before.id, status="complete").recording.history == before.history

    def test_a_session_that_is_being_processed_is_moved_by_its_run_alone(self, world: SessionWorld) -> None:
        before = world.process(state=State.PROCESSING, run_state=RunState.LIVE)
        documents = dict(world.recordings.documents)

        for status in ("complete", "error", "processing"):
            with pytest.raises(RunUnderWay):
                update(world, before.id, status=status, prompt="x", values={"title": "Renamed"})

        assert world.recordings.documents == documents

    def test_everything_else_may_be_changed_while_it_is_being_processed(self, world: SessionWorld) -> None:
        before = world.process(state=State.PROCESSING, run_state=RunState.LIVE)

        assert update(world, before.id, values={"title": "Renamed"}).details.title == "Renamed"

    def test_two_changes_at_once_are_both_kept(self, world: SessionWorld) -> None:
        id = world.create_by_hand().recording.id
        world.recordings.interrupt(lambda: update(world, id, values={"title": "Renamed"}, prompt="new"))

        updated = update(world, id, values={"frame_count": 7})

        assert (updated.details.title, updated.details.frame_count, updated.prompt) == ("Renamed", 7, "new")

    def test_a_run_that_begins_at_the_same_moment_forbids_the_status(self, world: SessionWorld) -> None:
        world.process()
        world.recordings.interrupt(lambda: world.process(state=State.PROCESSING, run_state=RunState.LIVE))

        with pytest.raises(RunUnderWay):
            update(world, SESSION_ID, status="error")

    @pytest.mark.parametrize("by", [CARL, BERT], ids=["colleague", "another tenant"])
    def test_nobody_elses_session_is_changed(self, world: SessionWorld, by: Caller) -> None:
        world.process()
        documents = dict(world.recordings.documents)

        with pytest.raises(NotFound, match="session not found"):
            update(world, SESSION_ID, by=by, prompt="x", values={"title": "Renamed"})

        assert world.recordings.documents == documents

    def test_a_change_whose_answer_is_lost_may_be_sent_again(self, world: SessionWorld) -> None:
        before = world.process()
        world.recordings.lose_answer()

        with pytest.raises(Upstream):
            update(world, before.id, status="error", prompt="new")
        again = update(world, before.id, status="error", prompt="new")

        assert len(again.recording.history) == 1
        assert again.prompt == "new"


class TestSettings:
    def test_who_has_chosen_nothing_has_the_defaults(self, world: SessionWorld) -> None:
        assert settings(world) == AccountSettings(
            default_agent=AgentTarget.CLAUDE_CODE,
            include_screenshots=True,
            inline_aria_tree=True,
            include_raw_diff=False,
            max_recording_length=10,
        )

    @given(
        st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "default_agent": st.sampled_from(AgentTarget),
                    "include_screenshots": st.booleans(),
                    "inline_aria_tree": st.booleans(),
                    "include_raw_diff": st.booleans(),
                    "max_recording_length": st.sampled_from([5, 10, 15, 30]),
                },
            ),
            max_size=5,
        )
    )
    def test_what_was_sent_last_of_each_is_what_is_chosen(self, changes: list[dict[str, Any]]) -> None:
        world = SessionWorld()
        answers = [choose(world, **change) for change in changes]

        expected = AccountSettings(**{name: value for change in changes for name, value in change.items()})

        assert settings(world) == expected
        assert answers[-1:] == [expected][: len(answers)]

    def test_settings_are_of_one_user(self, world: SessionWorld) -> None:
        choose(world, max_recording_length=30)

        assert settings(world, CARL) == settings(world, BERT) == AccountSettings()

    def test_two_changes_at_once_are_both_kept(self, world: SessionWorld) -> None:
        world.recordings.interrupt(lambda: choose(world, max_recording_length=30))

        chosen = choose(world, include_raw_diff=True)

        assert chosen == settings(world) == AccountSettings(max_recording_length=30, include_raw_diff=True)

    def test_a_default_that_was_not_chosen_is_not_kept(self, world: SessionWorld) -> None:
        choose(world, default_agent=AgentTarget.RAW)

        kept = [one.chosen for one in world.recordings.all_of(Preferences)]

        assert kept == [{"default_agent": "RAW"}]

    def test_no_two_users_share_an_id_of_their_settings(self) -> None:
        callers = [
            Caller(tenant_id="a", user_id="bc"),
            Caller(tenant_id="ab", user_id="c"),
            Caller(tenant_id="a", user_id="b/../c"),
        ]

        ids = {preferences_id(family, caller) for caller in callers for family in Family}

        assert len(ids) == len(callers) * len(Family)
        assert all(id.isalnum() for id in ids)
