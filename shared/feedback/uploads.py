"""How a video comes to its recording: through us, or by a direct PUT that somebody has to notice."""

from __future__ import annotations

from datetime import datetime

from shared.errors import InvalidRequest, TooLarge
from shared.feedback.domain import DOWNLOAD_URL_LIFETIME
from shared.feedback.failures import VideoAlreadyUploaded, VideoNotFound
from shared.feedback.service import details_of, find_visible
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.ports.bodies import BodyStream
from shared.recordings import finding
from shared.recordings.objects import OutputName, UploadName, parse
from shared.recordings.recording import Bucket, Family, Recording, State, StoredObject
from shared.recordings.uploads import Settled, cap_bytes, find_upload, settle_upload
from shared.recordings.visitors import Visitor
from shared.structs import Struct

#: What a video may call itself in a PUT.
VIDEO_TYPES = ("video/*", "application/octet-stream")


class UploadedVideo(Struct, frozen=True):
    """A video that has arrived, and a URL of it."""

    stored: StoredObject
    url: str

    @property
    def artifact_id(self) -> str:
        """An id of exactly this video: another one that takes its place has another."""
        return f"obj-{self.stored.generation}"


def upload_video(
    id: str,
    stream: BodyStream,
    *,
    by: Visitor,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    clock: Clock,
) -> UploadedVideo:
    """Pass the video on to storage as it arrives; it takes the place of an earlier one. Of two at once the last stays.

    Raises:
        NotFound: there is no such recording.
        VideoAlreadyUploaded: its analysis has begun.
        TooLarge: longer than the recording, or the platform, takes; nothing of it is read.
        InvalidRequest: empty, or shorter than announced; nothing of it stays.
    """
    recording = find_visible(id, by=by, recordings=recordings)
    if details_of(recording).job_id is not None:
        raise VideoAlreadyUploaded
    _check_size(stream, recording)
    _store(stream, recording, media=media)
    stored = find_upload(recording, media=media)
    if stored is None:  # somebody has looked before us, and found that it comes too late
        find_visible(id, by=by, recordings=recordings)
        raise VideoAlreadyUploaded
    outcome, _ = _settle(
        stored, id, by=by.actor, recordings=recordings, media=media, tasks=tasks, ids=ids, now=clock.now()
    )
    if outcome is Settled.LATE:
        raise VideoAlreadyUploaded
    return UploadedVideo(stored, _sign(stored, media))


def look_for_upload(
    recording: Recording, *, recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, now: datetime
) -> Recording:
    """The recording after a look at whether its video has arrived; costs one request while that is awaited, else none.

    Raises:
        NotFound: it has been deleted meanwhile.
    """
    if recording.state is not State.AWAITING_MEDIA:
        return recording
    stored = find_upload(recording, media=media)
    if stored is None:
        return recording
    _, settled = _settle(
        stored, recording.id, by="look", recordings=recordings, media=media, tasks=tasks, ids=ids, now=now
    )
    return settled


def sign_video(recording: Recording, *, recordings: Recordings, media: Media) -> str:
    """A URL of the playable video; until there is one, of what was uploaded.

    Raises:
        VideoNotFound: nothing has been uploaded.
    """
    video = _playable(recording, recordings) or recording.upload
    if video is None:
        raise VideoNotFound
    return _sign(video, media)


def _playable(recording: Recording, recordings: Recordings) -> StoredObject | None:
    """The playable video, if it was made of the newest upload: one of an earlier upload is still there for a while."""
    video = details_of(recording).video
    name = parse(video.name) if video is not None else None
    run = recordings.find_run(name.run_id) if isinstance(name, OutputName) else None
    return video if run is not None and run.source == recording.upload else None


def _store(stream: BodyStream, recording: Recording, *, media: Media) -> None:
    says_what_it_is = stream.content_type.startswith("video/")
    content_type = stream.content_type if says_what_it_is else details_of(recording).video_content_type
    name = UploadName(Family.FEEDBACK, recording.id).render()
    with media.writer(Bucket.UPLOADS, name, content_type=content_type) as file:
        stream.copy_to(file)


def _settle(
    stored: StoredObject,
    id: str,
    *,
    by: str,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
) -> tuple[Settled, Recording]:
    """Take note of what has arrived: what became of it, and of the recording.

    Raises:
        NotFound: it has been deleted meanwhile.
    """
    settlement = settle_upload(
        stored,
        UploadName(Family.FEEDBACK, id),
        by=by,
        recordings=recordings,
        media=media,
        tasks=tasks,
        ids=ids,
        now=now,
    )
    if settlement.recording is None:
        raise finding.not_found(Family.FEEDBACK)
    return settlement.outcome, settlement.recording


def _check_size(stream: BodyStream, recording: Recording) -> None:
    if stream.size_bytes == 0:
        raise InvalidRequest("the video is empty")
    if stream.size_bytes > cap_bytes(recording):
        raise TooLarge(
            f"the video has {stream.size_bytes:,} bytes", hint=f"at most {cap_bytes(recording):,} bytes are taken"
        )
    if stream.cap_bytes is not None and stream.size_bytes > stream.cap_bytes:
        raise TooLarge(
            f"the body is larger than {stream.cap_bytes:,} bytes",
            hint="a larger video may be put to the uploadUrl that POST /api/feedback/recordings answers with",
        )


def _sign(video: StoredObject, media: Media) -> str:
    return media.signed_get(video, lifetime=DOWNLOAD_URL_LIFETIME, content_type=video.content_type)
