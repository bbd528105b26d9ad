from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports.downloads import Downloads
from shared.ports.files import HotFiles
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.codec import to_plain
from shared.recordings.outcomes import Done
from shared.rooms.files.importing import import_recording


# A part of 8 MiB is held twice while it is sent. What 30 minutes are too short for is gone on with by the next attempt.
@step(timeout_s=1800, concurrency=4)
def steps_import_recording(
    work: Attempt, meetings: Meetings, downloads: Downloads, files: HotFiles, rooms: Rooms
) -> Done:
    """Bring the recording's file from the provider into the hot store."""
    file = import_recording(
        work.recording,
        run_id=work.run_id,
        progress=work,
        meetings=meetings,
        downloads=downloads,
        files=files,
        rooms=rooms,
    )
    details = {"file": to_plain(file), "size_bytes": file.size_bytes, "arrival": None}
    return Done(details=details, detail=f"{file.size_bytes:,} bytes")
