from shared.capture.api import ListQuery, RecordingList, RecordingOut
from shared.capture.reading import details_of, list_recordings
from shared.edge.endpoint import endpoint
from shared.ports import Recordings
from shared.recordings.recording import Caller


@endpoint("GET /api/v1/recordings")
def capture_list_recordings(query: ListQuery, caller: Caller, recordings: Recordings) -> RecordingList:
    """List the tenant's recordings, newest first.

    A page costs at most `limit` + 2 document reads, wherever it lies; one more where the recording that `cursor` names
    has been deleted since.
    """
    page, next_cursor = list_recordings(query, by=caller, recordings=recordings)
    shown = [RecordingOut.of(recording, details_of(recording)) for recording in page]
    return RecordingList(recordings=shown, next_cursor=next_cursor)
