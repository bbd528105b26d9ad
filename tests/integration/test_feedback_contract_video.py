"""The video of a feedback recording: put through us or directly, replaced, refused, and played."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import av
import pytest
import requests

from shared import ports
from shared.recordings.objects import UploadName
from shared.recordings.recording import Bucket, Family, State
from shared.wiring import wired
from tests.integration.feedback_client import Feedback, new_feedback_client, refusal
from tests.integration.feedback_stored import change
from tests.integration.held_triggers import held_triggers
from tests.integration.platform import RunningPlatform, eventually
from tests.integration.sessions_videos import small_film
from tests.integration.stored import recording_of

MIB = 1024 * 1024
CAP_BYTES = 32 * MIB
MOST_HELD_BYTES = 48 * MIB


@pytest.fixture
def user(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform)


@pytest.fixture
def id(user: Feedback) -> str:
    """A recording without a video."""
    made: str = user.create()["recordingId"]
    return made


def uploaded(id: str) -> bytes | None:
    """What lies in the uploads bucket."""
    media: ports.Media = wired(ports.Media)
    stored = media.describe(Bucket.UPLOADS, UploadName(Family.FEEDBACK, id).render())
    return None if stored is None else b"".join(media.stream(stored))


def content_of(url: str) -> bytes:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.content


def video_of(user: Feedback, id: str) -> str:
    answer = user.read(id, "video")
    assert (answer.status_code, list(answer.json())) == (200, ["videoUrl"]), answer.text
    url: str = answer.json()["videoUrl"]
    return url


class TestThroughUs:
    def test_a_video_is_taken_and_can_be_read_at_once(self, user: Feedback, id: str) -> None:
        answer = user.put_video(id, small_film())

        body = answer.json()
        assert answer.status_code == 200
        assert list(body) == ["success", "recordingId", "videoArtifactId", "videoUrl"]
        assert (body["success"], body["recordingId"]) == (True, id)
        assert body["videoArtifactId"]
        assert content_of(body["videoUrl"]) == small_film()

    def test_a_video_becomes_playable(self, user: Feedback, id: str, sample_video: bytes) -> None:
        assert user.put_video(id, sample_video).status_code == 200

        url = user.wait_for_video(id)

        with av.open(io.BytesIO(content_of(url)), "r") as media:
            assert media.duration is not None
        assert "X-Goog-Expires=3600" in url

    @pytest.mark.parametrize("content_type", ["video/webm;codecs=vp9", "video/mp4", "application/octet-stream"])
    def test_a_video_may_be_of_any_type_that_is_one(self, user: Feedback, id: str, content_type: str) -> None:
        assert user.put_video(id, small_film(), content_type).status_code == 200

    @pytest.mark.parametrize("content_type", ["text/plain", "application/json", "audio/webm", "video", ""])
    def test_any_other_type_is_refused(self, user: Feedback, id: str, content_type: str) -> None:
        message = refusal(user.put_video(id, small_film(), content_type), 415, "UNSUPPORTED_MEDIA_TYPE")

        assert "video/*" in message
        assert uploaded(id) is None

    def test_an_encoded_video_is_refused(self, user: Feedback, id: str) -> None:
        refusal(user.put_video(id, small_film(), Content_Encoding="gzip"), 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_a_video_of_unknown_length_is_refused(self, user: Feedback, id: str) -> None:
        refusal(user.put_video(id, iter([small_film()])), 411, "LENGTH_REQUIRED")

        assert uploaded(id) is None

    def test_a_video_of_no_bytes_is_refused(self, user: Feedback, id: str) -> None:
        refusal(user.put_video(id, b""), 400, "VALIDATION_ERROR")

        assert uploaded(id) is None

    def test_a_video_that_ends_early_is_refused_and_nothing_is_stored(self, user: Feedback, id: str) -> None:
        answer = user.begin_put(id, announced=9 * MIB, sent=bytes(9 * MIB - 1))

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"code":"VALIDATION_ERROR"' in answer
        assert uploaded(id) is None
        assert recording_of(id).state is State.AWAITING_MEDIA

    def test_a_video_that_ends_early_leaves_the_one_before(self, user: Feedback, id: str) -> None:
        user.put_video(id, small_film())

        assert user.begin_put(id, announced=100, sent=b"short").startswith(b"HTTP/1.1 400 ")

        assert uploaded(id) == small_film()

    def test_a_video_above_the_platforms_cap_is_refused_before_it_is_sent(self, user: Feedback, id: str) -> None:
        answer = user.begin_put(id, announced=CAP_BYTES + 1, sent=b"")

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"code":"PAYLOAD_TOO_LARGE"' in answer
        assert b"uploadUrl" in answer

    def test_a_video_above_our_cap_is_refused(self, user: Feedback, id: str) -> None:
        answer = user.begin_put(id, announced=1024 * MIB + 1, sent=b"")

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"1,073,741,824" in answer

    def test_a_large_video_is_passed_on_and_never_held(
        self, platform: RunningPlatform, user: Feedback, id: str
    ) -> None:
        part = platform.part("api")
        before_bytes = part.memory_info().rss

        answer = user.put_video(id, bytes(CAP_BYTES))

        assert answer.status_code == 200
        assert part.memory_info().rss - before_bytes < MOST_HELD_BYTES

    def test_a_second_video_replaces_the_first(self, user: Feedback, id: str, sample_video: bytes) -> None:
        first = user.put_video(id, small_film()).json()
        of_first = content_of(user.wait_for_video(id))

        second = user.put_video(id, sample_video).json()

        assert content_of(second["videoUrl"]) == sample_video
        assert first["videoArtifactId"] != second["videoArtifactId"]
        assert content_of(video_of(user, id)) != of_first
        assert content_of(user.wait_for_video(id)) != of_first

    def test_once_the_analysis_has_begun_no_other_video_is_taken(self, user: Feedback, id: str) -> None:
        user.put_video(id, small_film())
        change(id, state=State.READY, job_id="j1")

        refusal(user.put_video(id, b"another"), 409, "VIDEO_ALREADY_UPLOADED")

        assert uploaded(id) == small_film()

    def test_a_recording_whose_time_is_over_still_takes_its_video(self, user: Feedback, id: str) -> None:
        change(id, state=State.FAILED)

        assert user.put_video(id, small_film()).status_code == 200

        user.wait_for_video(id)

    def test_of_two_videos_at_once_one_stays_whole(self, user: Feedback, id: str) -> None:
        videos = [letter * 9 * MIB for letter in (b"a", b"b")]

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda video: user.put_video(id, video), videos))

        assert [answer.status_code for answer in answers] == [200, 200]
        assert uploaded(id) in videos
        stored = wired(ports.Media).describe(Bucket.UPLOADS, UploadName(Family.FEEDBACK, id).render())
        assert recording_of(id).upload == stored

    def test_somebody_elses_recording_is_not_there(self, platform: RunningPlatform, id: str) -> None:
        colleague = new_feedback_client(platform)

        refusal(colleague.put_video(id, small_film()), 404, "RECORDING_NOT_FOUND")
        refusal(colleague.read(id, "video"), 404, "RECORDING_NOT_FOUND")
        refusal(Feedback(platform.url, None).put_video(id, small_film()), 401, "INVALID_API_KEY")

        assert uploaded(id) is None

    def test_a_recording_that_is_unknown_is_not_there(self, user: Feedback) -> None:
        refusal(user.put_video("00000000-0000-4000-8000-000000000000", small_film()), 404, "RECORDING_NOT_FOUND")


class TestDirectly:
    def test_the_url_takes_the_type_that_it_was_signed_for_and_no_other(self, user: Feedback) -> None:
        created = user.create(videoContentType="video/mp4")

        refused = user.put_directly(created, b"video", "video/webm")
        taken = user.put_directly(created, b"video", "video/mp4")

        assert (refused.status_code, taken.status_code) == (403, 200)
        assert created["presignedTtlSeconds"] == 300
        assert "X-Goog-Expires=300&" in created["uploadUrl"]

    @pytest.mark.parametrize("what", ["", "video"])
    def test_a_look_alone_notices_that_a_video_has_arrived(
        self, platform: RunningPlatform, user: Feedback, what: str
    ) -> None:
        created = user.create()
        with held_triggers(platform):
            user.put_directly(created, small_film()).raise_for_status()
            assert recording_of(created["recordingId"]).state is State.AWAITING_MEDIA

            assert user.read(created["recordingId"], what).status_code == 200

            assert recording_of(created["recordingId"]).state is not State.AWAITING_MEDIA

    def test_the_trigger_alone_notices_that_a_video_has_arrived(self, user: Feedback) -> None:
        created = user.create()
        user.put_directly(created, small_film()).raise_for_status()

        eventually(lambda: recording_of(created["recordingId"]).upload, what="the trigger")

    def test_until_it_is_playable_what_was_uploaded_is_shown(self, platform: RunningPlatform, user: Feedback) -> None:
        created = user.create()
        with held_triggers(platform):
            user.put_directly(created, b"no video at all").raise_for_status()

            assert content_of(video_of(user, created["recordingId"])) == b"no video at all"

    def test_without_a_video_there_is_none_to_show(self, user: Feedback, id: str) -> None:
        refusal(user.read(id, "video"), 404, "VIDEO_NOT_FOUND")
