from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock
from shared.ports.files import ColdFiles
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RecordingId
from shared.rooms.files.api import RestoreIn, Restoring
from shared.rooms.files.restoring import NotArchived, restore_recording


@endpoint("POST /api/v1/recordings/{id}/restore", status=202, raises=(NotFound, NotArchived))
def rooms_restore_recording(
    id: RecordingId, body: RestoreIn, caller: Caller, rooms: Rooms, files: ColdFiles, clock: Clock
) -> Data[Restoring]:
    """Ask for the file of an archived recording, which can then be downloaded for seven days.

    It takes 5 minutes (`Expedited`), 5 hours (`Standard`) or 12 hours (`Bulk`) at most. Asking again is harmless.
    """
    restore = restore_recording(id, tier=body.tier, by=caller, rooms=rooms, files=files, now=clock.now())
    return Data(data=Restoring.of(restore))
