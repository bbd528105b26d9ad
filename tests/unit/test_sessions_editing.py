"""What a session's owner changes of what processing has found, and what happens at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.errors import Conflict, InvalidRequest, NotFound, Upstream
from shared.recordings.deleting import delete_recording
from shared.recordings.objects import EditName, parse
from shared.recordings.recording import Bucket, Caller, Family, State
from shared.recordings.runs import RunState
from shared.recordings.texts import Text
from shared.sessions.domain import AgentTarget
from shared.sessions.editing import delete_frame, read_evidence
from shared.sessions.evidence import SessionEvidence
from shared.sessions.failures import RunUnderWay
from shared.sessions.frame_views import frames_out
from shared.sessions.rewriting import generate_prompt
from shared.sessions.service import details_of, update_settings
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fake_media import StoredBytes
from tests.unit.fakes import START
from tests.unit.pictures import FLOW
from tests.unit.session_examples import CARL, OLD_PROMPT, SESSION_ID, SessionWorld, session

FIRST, SECOND, THIRD = FLOW[0].id, FLOW[1].id, FLOW[2].id


@pytest.fixture
def world() -> SessionWorld:
    return SessionWorld()


@pytest.fixture
def processed(world: SessionWorld) -> SessionWorld:
    """A world with a session of Anna's that has been processed."""
    world.process()
    return world


def drop(world: SessionWorld, frame_id: str, *, by: Caller = ANNA) -> None:
    delete_frame(
        SESSION_ID,
        frame_id,
        by=by,
        recordings=world.recordings,
        media=world.media,
        ids=world.ids,
        now=START + timedelta(minutes=1),
    )


def delete_session(world: SessionWorld) -> None:
    delete_recording(
        SESSION_ID, family=Family.SESSIONS, by=ANNA, recordings=world.recordings, media=world.media, now=START
    )


def write(
    world: SessionWorld,
    *,
    target: AgentTarget | None = None,
    frame_ids: list[str] | None = None,
    max_tokens: int | None = None,
    by: Caller = ANNA,
) -> str:
    return generate_prompt(
        SESSION_ID,
        target=target,
        frame_ids=frame_ids,
        max_tokens=max_tokens,
        by=by,
        recordings=world.recordings,
        media=world.media,
        now=START + timedelta(minutes=1),
    )


def frame_ids(world: SessionWorld) -> list[str]:
    return [frame.id for frame in world.evidence().frames]


def objects(world: SessionWorld) -> dict[tuple[Bucket, str], StoredBytes]:
    return dict(world.media.objects)


class TestDeletingAFrame:
    def test_the_others_stay_as_they_were(self, processed: SessionWorld) -> None:
        before = processed.evidence()

        drop(processed, SECOND)

        after = processed.evidence()
        recording = processed.recording(SESSION_ID)
        assert after.frames == (before.frames[0], *before.frames[2:])
        assert after.pages == before.pages
        assert details_of(recording).frame_count == len(FLOW) - 1
        assert (recording.state, recording.updated_at) == (State.READY, START + timedelta(minutes=1))
        assert processed.prompt() == OLD_PROMPT

    def test_its_picture_and_what_was_known_before_are_removed(self, processed: SessionWorld) -> None:
        pictures = {frame.id: frame.pictures[0].name for frame in processed.evidence().frames}

        drop(processed, SECOND)

        names = processed.media.names(Bucket.MEDIA)
        edits = [name for name in names if isinstance(parse(name), EditName)]
        assert len(edits) == 1
        assert set(names) == {*pictures.values(), *edits} - {pictures[SECOND]}

    def test_the_next_frame_is_compared_with_the_one_before_it(self, processed: SessionWorld) -> None:
        recording = processed.recording(SESSION_ID)
        third = frames_out(recording, processed.evidence())[2].diff_summary

        drop(processed, SECOND)
        drop(processed, FIRST)

        first = frames_out(recording, processed.evidence())[0]
        assert first.id == THIRD
        assert (third.added, first.diff_summary.added, first.diff_summary.changed) == (1, 0, 0)

    def test_all_of_them_may_go(self, processed: SessionWorld) -> None:
        for id in frame_ids(processed):
            drop(processed, id)

        assert frame_ids(processed) == []
        assert details_of(processed.recording(SESSION_ID)).frame_count == 0
        assert len(processed.media.names(Bucket.MEDIA)) == 1

    def test_a_frame_that_is_not_there_is_not_found(self, processed: SessionWorld) -> None:
        drop(processed, SECOND)
        before = objects(processed)

        for id in (SECOND, "frm_UNKNOWN1"):
            with pytest.raises(NotFound, match="frame not found"):
                drop(processed, id)

        assert objects(processed) == before

    def test_a_session_that_has_no_frames_yet_has_not_this_one(self, world: SessionWorld) -> None:
        world.recordings.put(session())

        with pytest.raises(NotFound, match="frame not found"):
            drop(world, FIRST)

    @pytest.mark.parametrize("by", [CARL, BERT], ids=["colleague", "another tenant"])
    def test_nobody_elses_frame_is_found(self, processed: SessionWorld, by: Caller) -> None:
        before = objects(processed)

        with pytest.raises(NotFound, match="session not found"):
            drop(processed, FIRST, by=by)

        assert objects(processed) == before

    def test_while_a_run_lives_nothing_is_changed(self, world: SessionWorld) -> None:
        world.process(state=State.PROCESSING, run_state=RunState.LIVE)
        before, documents = objects(world), dict(world.recordings.documents)

        with pytest.raises(RunUnderWay):
            drop(world, FIRST)

        assert objects(world) == before
        assert world.recordings.documents == documents

    @pytest.mark.parametrize("other", [FIRST, SECOND], ids=["the same frame", "another frame"])
    def test_of_two_at_once_one_counts_and_the_other_is_told(self, processed: SessionWorld, other: str) -> None:
        processed.recordings.interrupt(lambda: drop(processed, other))

        with pytest.raises(Conflict):
            drop(processed, FIRST)

        assert frame_ids(processed) == [frame.id for frame in FLOW if frame.id != other]
        names = processed.media.names(Bucket.MEDIA)
        assert len(names) == len(FLOW)  # a picture each, and the one evidence
        assert all(picture.name in names for frame in processed.evidence().frames for picture in frame.pictures)

    def test_evidence_that_is_replaced_before_it_is_read_is_a_conflict(self, processed: SessionWorld) -> None:
        evidence = details_of(processed.recording(SESSION_ID)).evidence
        assert evidence is not None
        processed.media.delete(evidence)
        before = objects(processed)

        with pytest.raises(Conflict):
            drop(processed, FIRST)

        assert objects(processed) == before

    def test_a_session_that_is_deleted_at_the_same_moment_leaves_nothing(self, processed: SessionWorld) -> None:
        processed.recordings.interrupt(lambda: delete_session(processed))

        with pytest.raises(NotFound):
            drop(processed, FIRST)

        assert processed.media.names(Bucket.MEDIA) == []
        assert processed.recordings.find(SESSION_ID) is None

    def test_a_change_of_the_title_at_the_same_moment_is_kept(self, processed: SessionWorld) -> None:
        processed.recordings.interrupt(lambda: _rename(processed, "Renamed"))

        drop(processed, FIRST)

        assert details_of(processed.recording(SESSION_ID)).title == "Renamed"
        assert frame_ids(processed)[0] == SECOND

    def test_a_commit_that_was_not_answered_leaves_a_session_that_can_be_read(self, processed: SessionWorld) -> None:
        processed.recordings.lose_answer()

        with pytest.raises(Upstream):
            drop(processed, FIRST)

        assert frame_ids(processed)[0] == SECOND


def _rename(world: SessionWorld, title: str) -> None:
    recording = world.recording(SESSION_ID)
    world.recordings.put(replace(recording, details={**recording.details, "title": title}))


class TestReading:
    def test_a_session_that_has_not_been_processed_has_shown_nothing(self, world: SessionWorld) -> None:
        assert read_evidence(details_of(session()), media=world.media) == SessionEvidence()

    def test_what_was_kept_is_read_back(self, processed: SessionWorld) -> None:
        details = details_of(processed.recording(SESSION_ID))

        assert read_evidence(details, media=processed.media) == processed.evidence()

    def test_a_frame_that_is_deleted_since_the_session_was_read_is_a_conflict(self, processed: SessionWorld) -> None:
        details = details_of(processed.recording(SESSION_ID))
        drop(processed, FIRST)

        with pytest.raises(Conflict):
            read_evidence(details, media=processed.media)


class TestGeneratingAPrompt:
    def test_it_takes_the_place_of_the_one_before(self, processed: SessionWorld) -> None:
        prompt = write(processed)

        assert processed.prompt() == prompt != OLD_PROMPT
        assert processed.recording(SESSION_ID).updated_at == START + timedelta(minutes=1)

    def test_it_is_for_the_agent_that_is_named_and_the_session_keeps_its_own(self, processed: SessionWorld) -> None:
        prompts = {target: write(processed, target=target) for target in AgentTarget}

        assert len(set(prompts.values())) == len(AgentTarget)
        assert details_of(processed.recording(SESSION_ID)).agent_target is AgentTarget.CLAUDE_CODE
        assert write(processed) == prompts[AgentTarget.CLAUDE_CODE]

    def test_it_is_of_the_frames_that_are_named(self, processed: SessionWorld) -> None:
        prompt = write(processed, frame_ids=[THIRD, FIRST])

        assert FIRST in prompt
        assert THIRD in prompt
        assert SECOND not in prompt

    def test_it_follows_the_accounts_settings(self, processed: SessionWorld) -> None:
        update_settings({"include_screenshots": False}, by=ANNA, recordings=processed.recordings)

        assert FIRST not in write(processed)

    def test_it_may_be_made_shorter(self, processed: SessionWorld) -> None:
        assert len(write(processed, max_tokens=300)) < len(write(processed)) * 0.6

    def test_a_frame_of_another_session_is_refused(self, processed: SessionWorld) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            write(processed, frame_ids=[FIRST, "frm_UNKNOWN1"])

        assert refusal.value.problems[0].field == "frameIds"
        assert "frm_UNKNOWN1" in refusal.value.message
        assert processed.prompt() == OLD_PROMPT

    @pytest.mark.parametrize(
        "begin",
        [
            lambda world: world.process(state=State.PROCESSING, run_state=RunState.LIVE),
            lambda world: world.recordings.put(session()),
            lambda world: world.recordings.put(session(state=State.READY)),
        ],
        ids=["under way", "by hand", "complete by hand"],
    )
    def test_a_session_that_has_not_been_processed_has_none(
        self, world: SessionWorld, begin: Callable[[SessionWorld], object]
    ) -> None:
        begin(world)

        with pytest.raises(Conflict):
            write(world)

    @pytest.mark.parametrize("by", [CARL, BERT], ids=["colleague", "another tenant"])
    def test_nobody_elses_session_is_found(self, processed: SessionWorld, by: Caller) -> None:
        with pytest.raises(NotFound):
            write(processed, by=by)

        assert processed.prompt() == OLD_PROMPT

    def test_a_session_that_is_deleted_at_the_same_moment_leaves_no_prompt(self, processed: SessionWorld) -> None:
        processed.recordings.interrupt(lambda: delete_session(processed))

        with pytest.raises(NotFound):
            write(processed)

        assert processed.recordings.all_of(Text) == []

    def test_a_change_of_the_title_at_the_same_moment_is_kept(self, processed: SessionWorld) -> None:
        processed.recordings.interrupt(lambda: _rename(processed, "Renamed"))

        write(processed)

        assert details_of(processed.recording(SESSION_ID)).title == "Renamed"
