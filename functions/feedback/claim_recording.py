from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import Claimed, FeedbackId
from shared.feedback.failures import AlreadyClaimed
from shared.feedback.service import claim_recording
from shared.ports import Clock, Recordings
from shared.recordings.recording import Caller


@endpoint("POST /api/feedback/recordings/{id}/claim", raises=(NotFound, AlreadyClaimed))
def feedback_claim_recording(id: FeedbackId, caller: Caller, recordings: Recordings, clock: Clock) -> Claimed:
    """Make a recording that was left without credentials the caller's own.

    Of many who claim it one gets it; for them another claim changes nothing. Its upload token opens nothing any more.
    """
    recording = claim_recording(id, by=caller, recordings=recordings, now=clock.now())
    return Claimed(id=recording.id, user_id=recording.user_id)
