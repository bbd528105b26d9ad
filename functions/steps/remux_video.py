from pathlib import Path
from tempfile import TemporaryDirectory

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.errors import UnreadableMedia
from shared.media.remux import remux
from shared.ports import Media
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.outcomes import Done, Permanent
from shared.recordings.recording import StoredObject

#: The remuxed file, of at most the largest upload (1 GiB), lies in /tmp, which is memory on Cloud Run.
MEMORY_MB = 2048


@step(profile="media", memory_mb=MEMORY_MB, timeout_s=900)
def steps_remux_video(work: Attempt, media: Media) -> Done:
    """Make the video seekable: the same pictures and sound, with a duration and an index."""
    upload = from_plain(work.result_of("pin_upload")["video"], StoredObject)
    with TemporaryDirectory() as folder, media.open(upload) as source:
        target = Path(folder, "video")
        try:
            facts = remux(source, target, on_progress=work.check)
        except UnreadableMedia as error:
            raise Permanent(error.code, error.message) from error
        kind = "mp4" if facts.container in ("mp4", "mov") else "webm"
        video = media.save(work.output(f"video.{kind}").render(), target, content_type=f"video/{kind}")
    return Done(result={"video": to_plain(video), "facts": to_plain(facts)}, detail=f"{facts.duration_ms} ms, {kind}")
