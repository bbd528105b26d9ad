from shared.edge.endpoint import endpoint
from shared.feedback.api import ListQuery, RecordingList
from shared.feedback.service import list_recordings
from shared.feedback.views import recording_list
from shared.ports import Recordings
from shared.recordings.recording import Caller


@endpoint("GET /api/feedback/recordings")
def feedback_list_recordings(query: ListQuery, caller: Caller, recordings: Recordings) -> RecordingList:
    """List the caller's recordings, newest first.

    Without `limit` everything up to 1,000; costs one document read for each, and for each that `offset` passes over.
    """
    found = list_recordings(by=caller, limit=query.limit, offset=query.offset, recordings=recordings)
    return recording_list(found)
