from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.errors import UnreadableMedia
from shared.media.previews import write_poster, write_storyboard
from shared.ports import Media
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.outcomes import Done, Permanent, Skipped
from shared.recordings.recording import StoredObject


@step(profile="media", memory_mb=2048, timeout_s=600)
def steps_preview_video(work: Attempt, media: Media) -> Done | Skipped:
    """Take a poster frame and a small storyboard from the video."""
    remuxed = work.result_of("remux_video")
    if remuxed["facts"]["video"] is None:
        return Skipped(detail="the file has sound only")
    with TemporaryDirectory() as folder:
        video = Path(folder, "video")
        _fetch(from_plain(remuxed["video"], StoredObject), video, media, work.check)
        try:
            pictures = _take_pictures(video, work, media)
        except UnreadableMedia as error:
            raise Permanent(error.code, error.message) from error
    return Done(result=pictures, detail=f"{len(pictures['storyboard']['times_ms'])} pictures")


def _fetch(stored: StoredObject, target: Path, media: Media, check: Callable[[], None]) -> None:
    with target.open("wb") as file:
        for piece in media.stream(stored):
            file.write(piece)
            check()


def _take_pictures(video: Path, work: Attempt, media: Media) -> dict[str, Any]:
    poster, sheet = video.with_name("poster.jpg"), video.with_name("storyboard.jpg")
    write_poster(video, poster)
    work.check()
    storyboard = write_storyboard(video, sheet)
    saved = [media.save(work.output(path.name).render(), path, content_type="image/jpeg") for path in (poster, sheet)]
    return {"poster": to_plain(saved[0]), "storyboard": {**to_plain(storyboard), "sheet": to_plain(saved[1])}}
