from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import RecordingId
from shared.rooms.files.api import DownloadOut, NoDownloadOut, download_out
from shared.rooms.files.downloads import RecordingExpired, offer_file


@endpoint("GET /api/v1/recordings/{id}/download", raises=(NotFound, RecordingExpired))
def rooms_download_recording(
    id: RecordingId, caller: Caller, rooms: Rooms, hot: HotFiles, cold: ColdFiles, clock: Clock
) -> DownloadOut | NoDownloadOut:
    """Return a URL of the file, valid for an hour; where there is none, or not now, a message that says why.

    An archived file has one while it is restored.
    """
    return download_out(offer_file(id, by=caller, rooms=rooms, hot=hot, cold=cold, now=clock.now()))
