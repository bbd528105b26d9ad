"""The video of a feedback recording: passed on through us, noticed after a direct PUT, and shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.edge.streams import ArrivingBody
from shared.errors import InvalidRequest, NotFound, TooLarge, Upstream
from shared.feedback.domain import INTAKE, FeedbackDetails
from shared.feedback.failures import VideoAlreadyUploaded, VideoNotFound
from shared.feedback.uploads import VIDEO_TYPES, UploadedVideo, look_for_upload, sign_video, upload_video
from shared.recordings import deleting
from shared.recordings.codec import to_plain
from shared.recordings.objects import UploadName
from shared.recordings.recording import NOBODY, Bucket, Caller, Family, Recording, State, StoredObject
from shared.recordings.runs import Run, start_run
from shared.recordings.uploads import EXPIRED, UNCLAIMED_CAP_BYTES, UPLOAD_CAP_BYTES
from shared.recordings.visitors import Visitor
from shared.structs import replace
from tests.unit.examples import ANNA, BERT, World
from tests.unit.fakes import START
from tests.unit.forms import request

NAME = UploadName(Family.FEEDBACK, "f1").render()
SENT = StoredObject(bucket=Bucket.MEDIA, name="feedback/f1/events/context.json.gz", generation=1, size_bytes=2)
PLAYABLE = StoredObject(
    bucket=Bucket.MEDIA, name="feedback/f1/runs/r/remux_video.1/video.webm", generation=2, size_bytes=9
)
TOKEN_HOLDER = Visitor(address="192.0.2.1", holds_token_of="f1")


def details(**changes: object) -> FeedbackDetails:
    made = FeedbackDetails(duration_s=3, session_id=None, video_content_type="video/mp4", context=SENT, metadata=SENT)
    return replace(made, **changes)  # type: ignore[arg-type]


def feedback(**changes: object) -> Recording:
    """Anna's recording, whose video is still to come."""
    made = Recording(
        id="f1",
        family=Family.FEEDBACK,
        tenant_id=ANNA.tenant_id,
        user_id=ANNA.user_id,
        state=State.AWAITING_MEDIA,
        created_at=START,
        updated_at=START,
        details=to_plain(details()),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def visitor(caller: Caller) -> Visitor:
    return Visitor(address="192.0.2.1", caller=caller)


def body(
    content: bytes = b"video",
    *,
    announced: int | None = None,
    content_type: str = "video/webm",
    cap_bytes: int | None = None,
) -> ArrivingBody:
    sent = request(content, announced=announced, content_type=content_type)
    return ArrivingBody(sent, takes=VIDEO_TYPES, cap_bytes=cap_bytes)


@pytest.fixture
def world() -> World:
    world = World()
    world.recordings.put(feedback())
    return world


def put(world: World, sent: ArrivingBody, *, by: Visitor | None = None) -> UploadedVideo:
    return upload_video(
        "f1",
        sent,
        by=by or visitor(ANNA),
        recordings=world.recordings,
        media=world.media,
        tasks=world.tasks,
        ids=world.ids,
        clock=world.clock,
    )


def look(world: World) -> Recording:
    return look_for_upload(
        world.recording("f1"),
        recordings=world.recordings,
        media=world.media,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def uploaded(world: World) -> bytes | None:
    stored = world.media.describe(Bucket.UPLOADS, NAME)
    return world.media.open(stored).read() if stored else None


class TestPassingOn:
    def test_a_video_is_stored_and_its_intake_starts(self, world: World) -> None:
        video = put(world, body())

        recording = world.recording("f1")
        run = world.recordings.find_run(recording.current_run or "")
        assert uploaded(world) == b"video"
        assert (recording.state, recording.upload) == (State.PROCESSING, video.stored)
        assert run is not None
        assert (run.pipeline, run.source) == (INTAKE, video.stored)
        assert set(run.tasks()) == set(world.tasks.waiting.values())
        assert recording.history[-1].actor == "user:anna"
        assert f"generation={video.stored.generation}&expires_in_s=3600&type=video/webm" in video.url

    @pytest.mark.parametrize(
        ("sent", "kept"), [("video/webm", "video/webm"), ("application/octet-stream", "video/mp4")]
    )
    def test_a_video_is_what_its_header_says_or_else_what_was_announced(
        self, world: World, sent: str, kept: str
    ) -> None:
        assert put(world, body(content_type=sent)).stored.content_type == kept

    def test_a_second_video_replaces_the_first_and_has_another_id(self, world: World) -> None:
        first = put(world, body(b"first"))

        second = put(world, body(b"second"))

        assert uploaded(world) == b"second"
        assert world.recording("f1").upload == second.stored
        assert first.artifact_id != second.artifact_id

    def test_after_the_analysis_was_asked_for_nothing_is_read(self, world: World) -> None:
        put(world, body(b"first"))
        asked = to_plain(details(job_id="j1"))
        world.recordings.put(replace(world.recording("f1"), details=asked))
        sent = body(b"second")

        with pytest.raises(VideoAlreadyUploaded):
            put(world, sent)

        assert uploaded(world) == b"first"
        assert left_of(sent) == b"second"

    def test_a_video_that_comes_after_its_time_is_taken_all_the_same(self, world: World) -> None:
        world.recordings.put(feedback(state=State.FAILED, failure=EXPIRED))

        put(world, body())

        assert (world.recording("f1").state, world.recording("f1").failure) == (State.PROCESSING, None)

    def test_a_video_that_ends_early_leaves_everything_as_it_was(self, world: World) -> None:
        put(world, body(b"first"))
        before = dict(world.recordings.documents)

        with pytest.raises(InvalidRequest):
            put(world, body(b"sec", announced=6))

        assert uploaded(world) == b"first"
        assert world.recordings.documents == before

    def test_an_empty_video_is_refused(self, world: World) -> None:
        with pytest.raises(InvalidRequest, match="empty"):
            put(world, body(b""))

        assert world.recording("f1").state is State.AWAITING_MEDIA

    def test_when_the_database_is_away_the_video_waits_for_the_next_look(self, world: World) -> None:
        world.recordings.lose_answer()

        with pytest.raises(Upstream):
            put(world, body())

        assert look(world).state is State.PROCESSING
        assert uploaded(world) == b"video"

    def test_a_recording_that_is_deleted_meanwhile_keeps_nothing(self, world: World) -> None:
        sent = during(body(), lambda: delete(world))

        with pytest.raises(NotFound):
            put(world, sent)

        assert world.media.names(Bucket.UPLOADS) == []


class TestSizes:
    @pytest.mark.parametrize(
        ("recording", "by", "cap_bytes"),
        [
            (feedback(), visitor(ANNA), UPLOAD_CAP_BYTES[Family.FEEDBACK]),
            (feedback(tenant_id=NOBODY, user_id=NOBODY), TOKEN_HOLDER, UNCLAIMED_CAP_BYTES),
        ],
        ids=["somebody's", "nobody's"],
    )
    def test_a_video_over_the_cap_is_refused_unread(
        self, world: World, recording: Recording, by: Visitor, cap_bytes: int
    ) -> None:
        world.recordings.put(recording)
        sent = body(announced=cap_bytes + 1)

        with pytest.raises(TooLarge) as refusal:
            put(world, sent, by=by)

        assert f"{cap_bytes:,}" in (refusal.value.hint or "")
        assert left_of(sent) == b"video"

    def test_over_the_platforms_cap_the_hint_names_the_signed_upload(self, world: World) -> None:
        with pytest.raises(TooLarge) as refusal:
            put(world, body(cap_bytes=4))

        assert "uploadUrl" in (refusal.value.hint or "")

    def test_a_video_of_exactly_the_cap_is_taken(self, world: World) -> None:
        assert put(world, body(cap_bytes=5)).stored.size_bytes == 5


class TestScope:
    @pytest.mark.parametrize(
        "by", [visitor(BERT), visitor(replace(ANNA, user_id="colleague")), TOKEN_HOLDER], ids=["b", "c", "token"]
    )
    def test_somebody_elses_recording_is_not_there(self, world: World, by: Visitor) -> None:
        with pytest.raises(NotFound):
            put(world, body(), by=by)

        assert world.media.names(Bucket.UPLOADS) == []

    def test_the_holder_of_the_token_uploads_the_video_of_nobodys_recording(self, world: World) -> None:
        world.recordings.put(feedback(tenant_id=NOBODY, user_id=NOBODY))

        put(world, body(), by=TOKEN_HOLDER)

        assert world.recording("f1").history[-1].actor == "visitor"


class TestLooking:
    def test_a_direct_put_is_noticed(self, world: World) -> None:
        stored = world.media.upload(NAME, b"video")

        recording = look(world)

        assert (recording.state, recording.upload) == (State.PROCESSING, stored)
        assert world.recording("f1") == recording
        assert len(world.tasks.waiting) == 1

    def test_whoever_looks_again_changes_nothing(self, world: World) -> None:
        world.media.upload(NAME, b"video")
        look(world)
        before = dict(world.recordings.documents)

        look(world)

        assert world.recordings.documents == before
        assert len(world.recordings.all_of(Run)) == 1

    def test_while_nothing_has_arrived_nothing_happens(self, world: World) -> None:
        assert look(world) == feedback()

    def test_a_recording_that_is_deleted_at_that_moment_is_not_there(self, world: World) -> None:
        world.media.upload(NAME, b"video")
        world.recordings.interrupt(lambda: delete(world))

        with pytest.raises(NotFound):
            look(world)


class TestShowing:
    def test_the_playable_video_is_shown_for_an_hour(self, world: World) -> None:
        recording = feedback(upload=SENT, details=to_plain(details(video=PLAYABLE)))
        world.recordings.put(start_run("r", "f1", INTAKE, source=SENT, now=START))

        url = sign_video(recording, recordings=world.recordings, media=world.media)

        assert PLAYABLE.name in url
        assert "expires_in_s=3600" in url

    def test_until_there_is_one_what_was_uploaded_is_shown(self, world: World) -> None:
        recording = feedback(upload=world.media.upload(NAME, b"video"))

        assert NAME in sign_video(recording, recordings=world.recordings, media=world.media)

    def test_what_was_made_of_an_earlier_upload_is_not_shown(self, world: World) -> None:
        world.recordings.put(start_run("r", "f1", INTAKE, source=world.media.upload(NAME, b"first"), now=START))
        newer = world.media.upload(NAME, b"second")
        recording = feedback(upload=newer, details=to_plain(details(video=PLAYABLE)))

        url = sign_video(recording, recordings=world.recordings, media=world.media)

        assert NAME in url
        assert f"generation={newer.generation}" in url

    def test_without_a_video_there_is_nothing_to_show(self, world: World) -> None:
        with pytest.raises(VideoNotFound):
            sign_video(feedback(), recordings=world.recordings, media=world.media)


def left_of(sent: ArrivingBody) -> bytes:
    """What has not been read of a body."""
    return bytes(sent._source.read(64))


def during(sent: ArrivingBody, other: Callable[[], object]) -> ArrivingBody:
    """The body, while whose last bytes arrive something else happens."""
    copy_to = sent.copy_to

    def copy_and_interrupt(target: object) -> None:
        copy_to(target)  # type: ignore[arg-type]
        other()

    sent.copy_to = copy_and_interrupt  # type: ignore[method-assign]
    return sent


def delete(world: World) -> None:
    deleting.delete_recording(
        "f1",
        family=Family.FEEDBACK,
        by=ANNA,
        recordings=world.recordings,
        media=world.media,
        now=world.clock.now(),
    )
