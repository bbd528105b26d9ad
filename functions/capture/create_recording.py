from shared.capture.api import NewRecording, RecordingCreated, status_of
from shared.capture.service import create_recording
from shared.edge.endpoint import endpoint
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller


@endpoint("POST /api/v1/recordings", status=201, memory_mb=2048)
def capture_create_recording(
    body: NewRecording,
    caller: Caller,
    once: Once,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    clock: Clock,
) -> RecordingCreated:
    """Create a recording from its rrweb events.

    With `has_video` the answer carries a URL that takes one PUT of the video; without, processing starts at once.
    """
    created = create_recording(
        body, by=caller, once=once, recordings=recordings, media=media, tasks=tasks, ids=ids, clock=clock
    )
    return RecordingCreated(
        id=created.recording.id,
        status=status_of(created.recording.state),
        video_upload_url=created.upload_url,
    )
