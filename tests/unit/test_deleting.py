"""Deleting: at once for every reader, and to the last byte in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import NotFound
from shared.recordings.attending import Swept
from shared.recordings.deleting import TEXTS, WRITERS_ARE_GONE_AFTER, delete_recording
from shared.recordings.finding import find_recording
from shared.recordings.objects import OutputName
from shared.recordings.recording import Bucket, Caller, Family, Recording, Tombstone
from shared.recordings.runs import Run, RunState, Shard, StepRecord
from shared.recordings.sweeps import purge_deleted
from shared.recordings.texts import Text
from shared.sessions.domain import PROMPT
from shared.structs import replace
from tests.unit.examples import ANNA, BERT, World
from tests.unit.session_examples import CARL, SESSION_ID, SessionWorld


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def recording(world: World) -> Recording:
    return world.create().recording


def delete(world: World, id: str, *, by: Caller = ANNA, family: Family = Family.CAPTURE) -> None:
    delete_recording(id, family=family, by=by, recordings=world.recordings, media=world.media, now=world.clock.now())


def purge(world: World) -> Swept:
    return purge_deleted(recordings=world.recordings, media=world.media, now=world.clock.now())


def tombstone_of(world: World, recording: Recording) -> Tombstone:
    found = world.recordings.find_tombstone(recording.id)
    assert found is not None
    return found


def test_a_colleague_of_the_same_tenant_sees_the_recording(world: World, recording: Recording) -> None:
    colleague = replace(ANNA, user_id="carl")

    found = find_recording(recording.id, family=Family.CAPTURE, by=colleague, recordings=world.recordings)

    assert found == recording


@pytest.mark.parametrize(
    ("by", "family"), [(BERT, Family.CAPTURE), (ANNA, Family.SESSIONS)], ids=["another tenant", "another family"]
)
def test_what_a_caller_may_not_see_is_like_what_does_not_exist(
    world: World, recording: Recording, by: Caller, family: Family
) -> None:
    with pytest.raises(NotFound) as hidden:
        find_recording(recording.id, family=family, by=by, recordings=world.recordings)
    with pytest.raises(NotFound) as unknown:
        find_recording("unknown", family=family, by=by, recordings=world.recordings)
    with pytest.raises(NotFound):
        delete(world, recording.id, by=by, family=family)

    assert hidden.value.message == unknown.value.message
    assert world.recordings.find(recording.id) == recording


def test_a_deleted_recording_is_gone_at_once_with_everything_that_was_stored(
    world: World, recording: Recording
) -> None:
    other = world.create().recording
    world.media.upload(f"capture/{recording.id}/upload", b"video")

    delete(world, recording.id)

    assert world.recordings.find(recording.id) is None
    assert all(name.startswith(f"capture/{other.id}/") for name in world.media.names(Bucket.MEDIA))
    assert world.media.names(Bucket.UPLOADS) == []


def test_a_second_delete_finds_nothing(world: World, recording: Recording) -> None:
    delete(world, recording.id)

    with pytest.raises(NotFound):
        delete(world, recording.id)


def test_a_delete_ends_the_run(world: World, recording: Recording) -> None:
    delete(world, recording.id)

    assert [run.state for run in world.recordings.all_of(Run)] == [RunState.CANCELLED]


def test_what_was_written_after_the_delete_is_removed_once_nobody_can_be_writing(
    world: World, recording: Recording
) -> None:
    delete(world, recording.id)
    name = OutputName(Family.CAPTURE, recording.id, "run1", "summarize_events", 1, "event_summary.json")
    world.media.save(name.render(), b"{}", content_type="application/json")

    world.clock.advance(WRITERS_ARE_GONE_AFTER - timedelta(seconds=1))
    early = purge(world)
    world.clock.advance(timedelta(seconds=1))
    purge(world)

    assert early.looked_at == 0
    assert world.media.names(Bucket.MEDIA) == []


def test_a_purge_keeps_the_id_alone_for_thirty_days(world: World, recording: Recording) -> None:
    run_id = recording.current_run or ""
    world.recordings.put(Shard(run_id=run_id, step="summarize_events", number=0, input={}, record=StepRecord()))
    delete(world, recording.id)
    world.clock.advance(WRITERS_ARE_GONE_AFTER)

    purge(world)

    tombstone = tombstone_of(world, recording)
    assert (tombstone.purge_after, tombstone.expire_at) == (None, world.clock.now() + timedelta(days=30))
    assert {kind for kind, _ in world.recordings.documents} == {Tombstone}


def test_a_purge_is_done_once(world: World, recording: Recording) -> None:
    delete(world, recording.id)
    world.clock.advance(WRITERS_ARE_GONE_AFTER)
    purge(world)

    assert purge(world) == Swept(looked_at=0, changed=0)


class TestWhatBelongsToAUser:
    @pytest.fixture
    def sessions(self) -> SessionWorld:
        sessions = SessionWorld()
        sessions.process()
        return sessions

    @pytest.mark.parametrize("by", [CARL, BERT], ids=["colleague", "another tenant"])
    def test_a_session_is_hidden_from_everybody_but_the_user_who_made_it(
        self, sessions: SessionWorld, by: Caller
    ) -> None:
        before = dict(sessions.recordings.documents)

        with pytest.raises(NotFound) as hidden:
            find_recording(SESSION_ID, family=Family.SESSIONS, by=by, recordings=sessions.recordings)
        with pytest.raises(NotFound) as unknown:
            find_recording("sess_UNKNOWN1", family=Family.SESSIONS, by=by, recordings=sessions.recordings)
        with pytest.raises(NotFound):
            delete(sessions, SESSION_ID, by=by, family=Family.SESSIONS)

        assert hidden.value.message == unknown.value.message
        assert sessions.recordings.documents == before

    def test_nobody_of_another_tenant_is_the_user_by_having_the_same_name(self, sessions: SessionWorld) -> None:
        namesake = replace(ANNA, tenant_id="other")

        with pytest.raises(NotFound):
            find_recording(SESSION_ID, family=Family.SESSIONS, by=namesake, recordings=sessions.recordings)

    def test_with_a_session_go_its_texts_and_its_objects(self, sessions: SessionWorld) -> None:
        other = Text(recording_id="sess_ANOTHER1", name="prompt", content="stays")
        sessions.recordings.put(other)

        delete(sessions, SESSION_ID, family=Family.SESSIONS)

        assert sessions.recordings.all_of(Text) == [other]
        assert sessions.media.names(Bucket.MEDIA) == []
        assert sessions.recordings.find(SESSION_ID) is None

    def test_a_session_that_is_deleted_while_its_last_step_commits_leaves_no_text(self, sessions: SessionWorld) -> None:
        prompt = Text(recording_id=SESSION_ID, name="prompt", content="written at the same moment")
        sessions.recordings.interrupt(lambda: sessions.recordings.put(sessions.recording(SESSION_ID), prompt))

        delete(sessions, SESSION_ID, family=Family.SESSIONS)

        assert sessions.recordings.all_of(Text) == []

    def test_every_family_whose_texts_are_known_removes_them(self) -> None:
        assert TEXTS == {Family.SESSIONS: (PROMPT,)}
