from shared.capture.api import NewRecording, RecordingCreated, status_of
from shared.capture.service import create_recording
from shared.edge.endpoint import endpoint
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller


# The memory must hold as many of the worst bodies as may come at once. The worst is 256 MiB, once inflated, of the
# shortest events that there can be: 256 MiB for it, 256 MiB for a copy with mended surrogates, 1,350 MiB for the heads
# of seven million events before they are found too many. 2 × 1,862 MiB + 250 MiB for the process < 4,096 MiB.
@endpoint("POST /api/v1/recordings", status=201, memory_mb=4096, concurrency=2)
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
