from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports import Clock, Recordings
from shared.ports.files import ColdFiles, HotFiles
from shared.recordings.outcomes import Done
from shared.rooms.files.archiving import archive_file


@step(timeout_s=1800, concurrency=2)
def steps_archive_recording(
    work: Attempt, hot: HotFiles, cold: ColdFiles, recordings: Recordings, clock: Clock
) -> Done:
    """Move the recording's file to the cold store."""
    copy = archive_file(work.recording, run_id=work.run_id, progress=work, hot=hot, cold=cold, recordings=recordings)
    return Done(details={"file": None, "archived_at": clock.now()}, detail=f"{copy.size_bytes:,} bytes")
