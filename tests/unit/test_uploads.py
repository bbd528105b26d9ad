"""How an upload becomes a run: whoever looks first starts it, and everybody else changes nothing."""

from __future__ import annotations

import pytest

from shared.recordings.codec import to_plain
from shared.recordings.objects import OutputName, UploadName
from shared.recordings.outcomes import Done, Permanent, Transient
from shared.recordings.recording import Bucket, Family, Recording, State, StoredObject
from shared.recordings.runs import Run, RunState
from shared.recordings.uploads import UPLOAD_CAP_BYTES, Settled, Settlement, drop_temporary, pin_upload, settle_upload
from shared.structs import replace
from tests.unit.examples import World
from tests.unit.fake_media import FakeMedia
from tests.unit.session_examples import SessionWorld, upload_form

CAP_BYTES = UPLOAD_CAP_BYTES[Family.CAPTURE]
PINNED = OutputName(Family.CAPTURE, "r1", "run1", "pin_upload", 1, "upload")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def awaiting(world: World) -> Recording:
    """A recording whose video is still to come."""
    return world.create(has_video=True).recording


def name_of(recording: Recording) -> UploadName:
    return UploadName(Family.CAPTURE, recording.id)


def upload(world: World, recording: Recording, content: bytes = b"video", **how: int) -> StoredObject:
    return world.media.upload(name_of(recording).render(), content, **how)


def settle(world: World, stored: StoredObject, name: UploadName, by: str = "trigger:video_finalized") -> Settlement:
    return settle_upload(
        stored,
        name,
        by=by,
        recordings=world.recordings,
        media=world.media,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def test_the_first_look_starts_the_run_on_exactly_what_was_uploaded(world: World, awaiting: Recording) -> None:
    stored = upload(world, awaiting)

    settlement = settle(world, stored, name_of(awaiting))

    recording = world.recording(awaiting.id)
    run = world.recordings.find_run(recording.current_run or "")
    assert settlement.outcome is Settled.STARTED
    assert (recording.state, recording.upload, recording.upload_deadline) == (State.PROCESSING, stored, None)
    assert run is not None
    assert (run.source, run.pipeline) == (stored, "capture_with_video")
    assert set(world.tasks.waiting.values()) == set(run.tasks())


def test_a_second_look_changes_nothing_but_queues_again_what_may_have_been_left_out(
    world: World, awaiting: Recording
) -> None:
    stored = upload(world, awaiting)
    first = settle(world, stored, name_of(awaiting))
    for task in first.tasks:
        world.tasks.lose(task)
    before = world.recording(awaiting.id)

    second = settle(world, stored, name_of(awaiting), by="user:anna")

    assert second.outcome is Settled.UNCHANGED
    assert world.recording(awaiting.id) == before
    assert set(world.tasks.waiting.values()) == set(first.tasks)


def test_two_looks_at_once_start_one_run(world: World, awaiting: Recording) -> None:
    stored = upload(world, awaiting)
    world.recordings.interrupt(lambda: settle(world, stored, name_of(awaiting), by="user:anna"))

    settlement = settle(world, stored, name_of(awaiting))

    assert settlement.outcome is Settled.UNCHANGED
    assert len(world.recordings.all_of(Run)) == 1


def test_a_later_upload_does_not_disturb_the_run(world: World, awaiting: Recording) -> None:
    first = upload(world, awaiting, b"first")
    settle(world, first, name_of(awaiting))

    settlement = settle(world, upload(world, awaiting, b"second"), name_of(awaiting))

    assert settlement.outcome is Settled.UNCHANGED
    assert world.recording(awaiting.id).upload == first


@pytest.mark.parametrize(
    ("size_bytes", "code"), [(0, "empty_upload"), (CAP_BYTES + 1, "too_large")], ids=["empty", "too large"]
)
def test_what_cannot_be_taken_fails_the_recording_and_is_removed(
    world: World, awaiting: Recording, size_bytes: int, code: str
) -> None:
    stored = upload(world, awaiting, size_bytes=size_bytes)

    settlement = settle(world, stored, name_of(awaiting))

    recording = world.recording(awaiting.id)
    assert settlement.outcome is Settled.FAILED
    assert recording.state is State.FAILED
    assert recording.failure is not None
    assert recording.failure.code == code
    assert world.media.names(Bucket.UPLOADS) == []
    assert world.tasks.waiting == {}


def test_an_upload_of_exactly_the_cap_is_taken(world: World, awaiting: Recording) -> None:
    stored = upload(world, awaiting, size_bytes=CAP_BYTES)

    assert settle(world, stored, name_of(awaiting)).outcome is Settled.STARTED


@pytest.mark.parametrize(
    "name",
    [UploadName(Family.CAPTURE, "unknown"), UploadName(Family.FEEDBACK, "of-another-family")],
    ids=["unknown", "unknown of another family"],
)
def test_an_upload_that_belongs_to_no_recording_is_removed(world: World, name: UploadName) -> None:
    stored = world.media.upload(name.render(), b"video")

    settlement = settle(world, stored, name)

    assert settlement.outcome is Settled.UNWANTED
    assert world.media.names(Bucket.UPLOADS) == []


def test_an_upload_that_a_request_will_name_waits_for_it(world: World) -> None:
    name = UploadName(Family.SESSIONS, "sess_AAAA0000")
    stored = world.media.upload(name.render(), b"video")

    settlement = settle(world, stored, name)

    assert settlement.outcome is Settled.UNCHANGED
    assert world.media.names(Bucket.UPLOADS) == [name.render()]


def test_an_upload_under_another_familys_name_never_touches_the_recording(world: World, awaiting: Recording) -> None:
    name = UploadName(Family.SESSIONS, awaiting.id)
    stored = world.media.upload(name.render(), b"video")

    settlement = settle(world, stored, name)

    assert settlement.outcome is Settled.UNWANTED
    assert world.recording(awaiting.id).state is State.AWAITING_MEDIA


def test_the_generation_that_was_confirmed_is_pinned(world: World, awaiting: Recording) -> None:
    stored = upload(world, awaiting, b"the video")

    pinned = pin_upload(awaiting, stored, PINNED, media=world.media)

    assert (pinned.bucket, pinned.name) == (Bucket.MEDIA, PINNED.render())
    assert world.media.open(pinned).read() == b"the video"


def test_an_upload_that_was_replaced_before_it_was_pinned_is_taken_as_it_is_now(
    world: World, awaiting: Recording
) -> None:
    confirmed = upload(world, awaiting, b"first")
    upload(world, awaiting, b"second")

    pinned = pin_upload(awaiting, confirmed, PINNED, media=world.media)

    assert world.media.open(pinned).read() == b"second"


@pytest.mark.parametrize(
    ("size_bytes", "code"), [(0, "empty_upload"), (CAP_BYTES + 1, "too_large")], ids=["empty", "too large"]
)
def test_a_replacement_that_cannot_be_taken_fails_for_good(
    world: World, awaiting: Recording, size_bytes: int, code: str
) -> None:
    confirmed = upload(world, awaiting)
    upload(world, awaiting, size_bytes=size_bytes)

    with pytest.raises(Permanent) as refusal:
        pin_upload(awaiting, confirmed, PINNED, media=world.media)

    assert refusal.value.failure.code == code


def test_an_upload_that_is_gone_fails_for_good(world: World, awaiting: Recording) -> None:
    confirmed = upload(world, awaiting)
    world.media.delete(confirmed)

    with pytest.raises(Permanent) as refusal:
        pin_upload(awaiting, confirmed, PINNED, media=world.media)

    assert refusal.value.failure.code == "upload_gone"


class MediaBeingReplaced(FakeMedia):
    """A client uploads again after every look."""

    def describe(self, bucket: Bucket, name: str) -> StoredObject | None:
        seen = super().describe(bucket, name)
        if bucket is Bucket.UPLOADS:
            self.upload(name, b"yet another")
        return seen


def test_an_upload_that_changes_under_our_hands_is_tried_again(world: World, awaiting: Recording) -> None:
    media = MediaBeingReplaced(world.clock)
    confirmed = media.upload(name_of(awaiting).render(), b"first")
    media.upload(name_of(awaiting).render(), b"second")

    with pytest.raises(Transient):
        pin_upload(awaiting, confirmed, PINNED, media=media)


class TestDropping:
    """A session's video is used for extraction only, and goes when its run has ended."""

    @pytest.fixture
    def sessions(self) -> SessionWorld:
        return SessionWorld()

    @pytest.fixture
    def run_id(self, sessions: SessionWorld) -> str:
        """The run of a session whose video has been pinned."""
        run = sessions.upload(upload_form()).run
        work = sessions.take(run.id, "pin_upload")
        pinned = pin_upload(work.recording, run.source, work.output("upload"), media=sessions.media)
        sessions.finish(work, Done(result={"video": to_plain(pinned)}))
        frame = replace(work.output("frame.png"), step="extract_frames")
        sessions.media.save(frame.render(), b"frame", content_type="image/png")
        return run.id

    @pytest.mark.parametrize("state", [RunState.DONE, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED])
    def test_the_video_and_its_copy_go_and_what_was_made_of_it_stays(
        self, sessions: SessionWorld, run_id: str, state: RunState
    ) -> None:
        self._end(sessions, run_id, state)

        for _ in range(2):
            self._drop(sessions, run_id)

        assert sessions.media.names(Bucket.UPLOADS) == []
        assert [name.rpartition("/")[2] for name in sessions.media.names(Bucket.MEDIA)] == ["frame.png"]

    def test_while_the_run_lives_the_video_stays(self, sessions: SessionWorld, run_id: str) -> None:
        before = dict(sessions.media.objects)

        self._drop(sessions, run_id)

        assert sessions.media.objects == before

    def test_a_video_that_was_uploaded_again_goes_too(self, sessions: SessionWorld, run_id: str) -> None:
        sessions.put(sessions.run(run_id).recording_id, b"again")
        self._end(sessions, run_id, RunState.DONE)

        self._drop(sessions, run_id)

        assert sessions.media.names(Bucket.UPLOADS) == []

    def test_a_run_that_never_pinned_its_video_loses_what_was_uploaded(self, sessions: SessionWorld) -> None:
        run = sessions.upload(upload_form()).run
        sessions.fail(sessions.take(run.id, "pin_upload"))

        self._drop(sessions, run.id)

        assert sessions.media.names(Bucket.UPLOADS) == []

    def test_a_pipeline_that_keeps_its_upload_keeps_it(self, world: World, awaiting: Recording) -> None:
        stored = upload(world, awaiting)
        settle(world, stored, name_of(awaiting))
        (run,) = world.recordings.all_of(Run)
        world.recordings.put(replace(run, state=RunState.DONE))

        drop_temporary(run.id, recordings=world.recordings, media=world.media)

        assert world.media.names(Bucket.UPLOADS) == [stored.name]

    @pytest.mark.parametrize("source", ["no run", "no upload"])
    def test_where_nothing_was_uploaded_nothing_happens(self, sessions: SessionWorld, run_id: str, source: str) -> None:
        before = dict(sessions.media.objects)
        if source == "no upload":
            sessions.recordings.put(replace(sessions.run(run_id), state=RunState.DONE, source=None))

        self._drop(sessions, run_id if source == "no upload" else "unknown")

        assert sessions.media.objects == before

    @staticmethod
    def _end(world: SessionWorld, run_id: str, state: RunState) -> None:
        world.recordings.put(replace(world.run(run_id), state=state))

    @staticmethod
    def _drop(world: SessionWorld, run_id: str) -> None:
        drop_temporary(run_id, recordings=world.recordings, media=world.media)
