from shared.edge.endpoint import endpoint
from shared.feedback.api import NewRecording, RecordingCreated
from shared.feedback.creating import create_recording
from shared.feedback.views import created_out
from shared.ports import Clock, Ids, Media, Recordings, UploadPolicy
from shared.recordings.idempotency import Once
from shared.recordings.visitors import Visitor


# The memory must hold as many of the worst bodies as may come at once. The worst is 32 MiB, once inflated, of the
# shortest actions that there can be: 32 MiB for it, 32 MiB for a copy with mended surrogates, 260 MiB while eleven
# million actions are looked at. 4 × 324 MiB + 250 MiB for the process < 2,048 MiB.
@endpoint("POST /api/feedback/recordings", status=201, memory_mb=2048, concurrency=4)
def feedback_create_recording(
    body: NewRecording,
    visitor: Visitor,
    once: Once,
    recordings: Recordings,
    media: Media,
    policy: UploadPolicy,
    ids: Ids,
    clock: Clock,
) -> RecordingCreated:
    """Create a recording from what its recorder knows of it; the video is uploaded by itself.

    Where direct uploads are offered, the answer says where to and with which `Content-Type`; anywhere else, and for
    small videos, `PUT /api/feedback/recordings/{id}/video` takes it. Without credentials, where the deployment allows
    that, the recording belongs to nobody: `uploadToken` opens it, sent as `X-Upload-Token`, until somebody claims it.
    """
    created = create_recording(
        body, by=visitor, once=once, recordings=recordings, media=media, policy=policy, ids=ids, clock=clock
    )
    return created_out(created)
