from shared.capture.api import CaptureId, EventsQuery
from shared.capture.events import represent_events
from shared.capture.reading import details_of, find_recording
from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Media, Recordings
from shared.recordings.recording import Caller
from shared.wire import Representation


@endpoint("GET /api/v1/recordings/{id}/events", raises=(NotFound,), timeout_s=300)
def capture_stream_events(
    id: CaptureId, query: EventsQuery, caller: Caller, recordings: Recordings, media: Media
) -> Representation:
    """Stream the recording's rrweb events, oldest first.

    A client that accepts gzip gets the stored bytes as they are, any other gets them inflated as they stream. With
    `from_ms` the answer begins at the nearest full snapshot at or before it, so that a player can start there.
    """
    details = details_of(find_recording(id, by=caller, recordings=recordings))
    return represent_events(details, query, media=media)
