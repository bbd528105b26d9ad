from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId
from shared.feedback.failures import VideoAlreadyUploaded
from shared.feedback.outputs_api import VideoUploaded
from shared.feedback.uploads import VIDEO_TYPES, upload_video
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.ports.bodies import BodyStream
from shared.recordings.visitors import Visitor


# Of each video that is being passed on, 8 MiB wait for storage, and once more while they are sent.
@endpoint(
    "PUT /api/feedback/recordings/{id}/video",
    stream=VIDEO_TYPES,
    raises=(NotFound, VideoAlreadyUploaded),
    memory_mb=1024,
    timeout_s=300,
)
def feedback_upload_video(
    id: FeedbackId,
    stream: BodyStream,
    visitor: Visitor,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    clock: Clock,
) -> VideoUploaded:
    """Take the recording's video, and replace an earlier one until its analysis has begun.

    At most 1 GiB, and 100 MiB while nobody has claimed the recording; where the platform takes less of a request, a
    larger video goes to the `uploadUrl` that create answers with.
    """
    uploaded = upload_video(
        id, stream, by=visitor, recordings=recordings, media=media, tasks=tasks, ids=ids, clock=clock
    )
    return VideoUploaded(recording_id=id, video_artifact_id=uploaded.artifact_id, video_url=uploaded.url)
