from contextlib import suppress
from typing import Any, BinaryIO

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media import facts
from shared.media.errors import UnreadableMedia
from shared.media.probe import probe
from shared.media.thumbnail import take_thumbnail
from shared.ports import Media
from shared.ports.files import HotFiles
from shared.recordings.codec import to_plain
from shared.recordings.outcomes import Done, Permanent
from shared.rooms.domain import MediaFacts
from shared.rooms.reading import details_of


@step(profile="media", memory_mb=1024, timeout_s=1800)
def steps_probe_recording(work: Attempt, files: HotFiles, media: Media) -> Done:
    """Measure the recording's file, and take a thumbnail that stays when the file is archived."""
    file = details_of(work.recording).file
    if file is None:
        raise Permanent("no_file", "The recording has no file.")
    with files.open(file) as source:
        try:
            seen = probe(source, on_progress=work.check)
        except UnreadableMedia as error:
            raise Permanent(error.code, error.message) from error
        details = _facts_of(seen, work) | _thumbnail_of(source, seen, work, media)
    return Done(result=to_plain(seen), details=details, detail=f"{seen.duration_ms} ms, {seen.container}")


def _facts_of(seen: facts.MediaFacts, work: Attempt) -> dict[str, Any]:
    """What was measured; the provider's own duration stays where it told one."""
    duration_s = seen.duration_ms / 1000
    kept = MediaFacts(
        duration_seconds=duration_s,
        video_codec=seen.video.codec if seen.video else None,
        audio_codec=seen.audio.codec if seen.audio else None,
        width=seen.video.width if seen.video else None,
        height=seen.video.height if seen.video else None,
    )
    told_s = details_of(work.recording).duration_seconds
    return {"facts": to_plain(kept), "duration_seconds": duration_s if told_s is None else told_s}


def _thumbnail_of(source: BinaryIO, seen: facts.MediaFacts, work: Attempt, media: Media) -> dict[str, Any]:
    """A picture, kept; nothing for a recording of voices alone."""
    with suppress(UnreadableMedia):
        picture = take_thumbnail(source, duration_ms=seen.duration_ms, on_progress=work.check)
        name = work.output("thumbnail.jpg").render()
        return {"thumbnail": to_plain(media.save(name, picture, content_type="image/jpeg"))}
    return {}
