from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports import Media
from shared.ports.frames import FrameReader
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, KeptFrame, pack
from shared.recordings.outcomes import Done
from shared.sessions.reading import read_frames


@step(profile="media", memory_mb=2048, timeout_s=900)
def steps_read_frames(work: Attempt, media: Media, reader: FrameReader) -> Done:
    """Read the elements on every frame; a frame that cannot be read is told of, and the others count."""
    frames = [from_plain(frame, KeptFrame) for frame in work.result_of("select_frames")["frames"]]
    found = read_frames(frames, media=media, reader=reader, report=work.report)
    stored = media.save(work.output("readings.json.gz").render(), pack(found), content_type=GZIP)
    read = sum(reading.error is None for reading in found.readings)
    return Done(result={"readings": to_plain(stored)}, detail=f"{read}/{len(frames)} frames")
