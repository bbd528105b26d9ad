from collections.abc import Mapping, Sequence
from itertools import pairwise

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.evidence.screens import Screen, ScreenLine, Screens
from shared.media.ocr import LineReader, shared_reader
from shared.media.ocr_picture import decode_png
from shared.ports import Media
from shared.ports.frames import UnreadableFrame
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, KeptFrame, pack
from shared.recordings.outcomes import Done, FanOut, Permanent, Skipped

#: At most so many frames are read by one task.
_FRAMES_OF_A_SHARD = 8


@step(profile="media", memory_mb=1024, timeout_s=600)
def steps_read_screens(work: Attempt, media: Media) -> Done | FanOut | Skipped:
    """Read the lines of text on every frame, a few consecutive frames in each task."""
    frames = [from_plain(frame, KeptFrame) for frame in work.result_of("select_frames").get("frames", ())]
    if not frames:
        return Skipped(detail="There are no frames to read.")
    if work.shard is None:
        return FanOut(shards=_shards_of(len(frames)))
    screens = _read(frames[work.shard["first"] : work.shard["end"]], work, media)
    stored = media.save(work.output("screens.json.gz").render(), pack(Screens(screens=screens)), content_type=GZIP)
    read = sum(screen.error is None for screen in screens)
    return Done(result={"screens": to_plain(stored)}, detail=f"{read}/{len(screens)} frames")


def _shards_of(frame_count: int) -> list[Mapping[str, int]]:
    """Which frames each task reads: about as many as any other does."""
    shard_count = -(-frame_count // _FRAMES_OF_A_SHARD)
    bounds = [frame_count * number // shard_count for number in range(shard_count + 1)]
    return [{"first": first, "end": end} for first, end in pairwise(bounds)]


def _read(frames: Sequence[KeptFrame], work: Attempt, media: Media) -> tuple[Screen, ...]:
    """What is on each frame; one that cannot be read says why, and the others count.

    Raises:
        Permanent: none of them can be read.
    """
    reader = shared_reader(work.run_id)
    screens: list[Screen] = []
    for frame in frames:
        work.report(f"{len(screens)}/{len(frames)} frames")
        screens.append(_read_one(frame, reader, media))
    if all(screen.error for screen in screens):
        raise Permanent("no_frame_read", f"None of the frames could be read: {screens[0].error}")
    return tuple(screens)


def _read_one(frame: KeptFrame, reader: LineReader, media: Media) -> Screen:
    try:
        found = reader.read(decode_png(b"".join(media.stream(frame.picture))))
    except UnreadableFrame as error:
        return Screen(frame_id=frame.id, timestamp_ms=frame.timestamp_ms, error=error.message)
    lines = (ScreenLine(text=line.text, box=line.box, confidence=line.confidence) for line in found)
    return Screen(
        frame_id=frame.id,
        timestamp_ms=frame.timestamp_ms,
        lines=tuple(line for line in lines if not _is_lone_letter(line)),
    )


def _is_lone_letter(line: ScreenLine) -> bool:
    """Tell whether it is one letter and no more: that is the pointer, or an icon."""
    return len(line.text) == 1 and line.text.isalpha()
