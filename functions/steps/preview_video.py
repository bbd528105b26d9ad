from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.previews import write_poster, write_storyboard
from shared.ports import Media
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.outcomes import Done, Skipped
from shared.recordings.recording import StoredObject


@step(profile="media", memory_mb=2048, timeout_s=600)
def steps_preview_video(work: Attempt, media: Media) -> Done | Skipped:
    """Take a poster frame and a small storyboard from the video."""
    remuxed = work.result_of("remux_video")
    if remuxed["facts"]["video"] is None:
        return Skipped(detail="the file has sound only")
    stored = from_plain(remuxed["video"], StoredObject)
    with TemporaryDirectory() as folder:
        video, poster, sheet = (Path(folder, name) for name in ("video", "poster.jpg", "storyboard.jpg"))
        with video.open("wb") as target:
            for piece in media.stream(stored):
                target.write(piece)
                work.check()
        write_poster(video, poster)
        work.check()
        storyboard = write_storyboard(video, sheet)
        saved_poster = media.save(work.output("poster.jpg").render(), poster, content_type="image/jpeg")
        saved_sheet = media.save(work.output("storyboard.jpg").render(), sheet, content_type="image/jpeg")
    return Done(
        result={
            "poster": to_plain(saved_poster),
            "storyboard": {**asdict(storyboard), "sheet": to_plain(saved_sheet)},
        },
        detail=f"{len(storyboard.times_ms)} pictures",
    )
