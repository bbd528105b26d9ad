from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.errors import UnreadableMedia
from shared.media.frames import SettledFrame, SettledState, most_telling, png, settled_frames, thumbnail_png
from shared.media.probe import probe
from shared.ports import Media
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.outcomes import Done, FanOut, Permanent
from shared.recordings.recording import StoredObject
from shared.sessions.steps import GZIP, MOST_FRAMES, FoundState, FoundStates, chunks_of, pack

#: So many states of a part wait for the choice: a screen that never stops changing has hundreds, each of a megabyte.
_MOST_HELD = 3 * MOST_FRAMES


@dataclass(frozen=True, kw_only=True)
class _Encoded(SettledState):
    """A state with its pictures as files: a decoded picture takes 30 times as much memory."""

    picture: bytes
    thumbnail: bytes


@step(profile="media", memory_mb=1024, timeout_s=900)
def steps_extract_frames(work: Attempt, media: Media) -> Done | FanOut:
    """Find the settled states of the screen, each part of a long video in a task of its own."""
    video = from_plain(work.result_of("pin_upload")["video"], StoredObject)
    try:
        with media.open(video) as source:
            if work.shard is not None:
                return _extract(source, work.shard, work, media)
            duration_ms = probe(source, on_progress=work.check).duration_ms
    except UnreadableMedia as error:
        raise Permanent(error.code, error.message) from error
    return FanOut(shards=[{**chunk, "duration_ms": duration_ms} for chunk in chunks_of(duration_ms)])


def _extract(source: BinaryIO, chunk: Mapping[str, Any], work: Attempt, media: Media) -> Done:
    found = settled_frames(source, from_ms=chunk["from_ms"], to_ms=chunk["to_ms"], on_progress=work.check)
    telling: list[_Encoded] = []
    for frame in found:
        telling.append(_encode(frame))
        if len(telling) == _MOST_HELD:
            telling = most_telling(telling, MOST_FRAMES)
    kept = [_save(state, work, media) for state in most_telling(telling, MOST_FRAMES)]
    states = FoundStates(states=tuple(kept), duration_ms=chunk["duration_ms"])
    stored = media.save(work.output("states.json.gz").render(), pack(states), content_type=GZIP)
    return Done(result={"states": to_plain(stored)}, detail=f"{len(kept)} states")


def _encode(frame: SettledFrame) -> _Encoded:
    return _Encoded(
        timestamp_ms=frame.timestamp_ms,
        settled_ms=frame.settled_ms,
        changed_share=frame.changed_share,
        signature=frame.signature,
        picture=png(frame.picture),
        thumbnail=thumbnail_png(frame.picture),
    )


def _save(state: _Encoded, work: Attempt, media: Media) -> FoundState:
    def save(kind: str, content: bytes) -> StoredObject:
        return media.save(work.output(f"{state.timestamp_ms}.{kind}.png").render(), content, content_type="image/png")

    return FoundState(
        timestamp_ms=state.timestamp_ms,
        settled_ms=state.settled_ms,
        changed_share=state.changed_share,
        signature=state.signature,
        picture=save("frame", state.picture),
        thumbnail=save("thumbnail", state.thumbnail),
    )
