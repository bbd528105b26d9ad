from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RecordingId
from shared.rooms.files.api import Archived, ArchivingOut, archive_out
from shared.rooms.files.archiving import NotArchivable, archive_recording


@endpoint("POST /api/v1/recordings/{id}/archive", waits=True, raises=(NotFound, NotArchivable))
def rooms_archive_recording(
    id: RecordingId, caller: Caller, rooms: Rooms, tasks: Tasks, ids: Ids, clock: Clock
) -> Data[Archived] | ArchivingOut:
    """Move a ready recording from R2 to cold storage, and answer when the copy there is verified.

    When it takes longer than 20 seconds the answer is 202, and the recording is archived later.
    """
    return archive_out(archive_recording(id, by=caller, rooms=rooms, tasks=tasks, ids=ids, now=clock.now()))
