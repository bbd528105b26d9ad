from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports import Media
from shared.recordings.codec import to_plain
from shared.recordings.outcomes import Done
from shared.recordings.uploads import pin_upload


@step(timeout_s=600, concurrency=16)
def steps_pin_upload(work: Attempt, media: Media) -> Done:
    """Copy the upload to where no client can write; every later step reads the copy."""
    pinned = pin_upload(work.recording, work.source, work.output("upload"), media=media)
    return Done(result={"video": to_plain(pinned)}, detail=f"{pinned.size_bytes:,} bytes")
