from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.errors import UnreadableMedia
from shared.media.frames import SettledFrame, SettledState, most_telling, png, settled_frames, thumbnail_png
from shared.media.probe import probe
from shared.ports import Media
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, MOST_FRAMES, FoundState, FoundStates, chunks_of, pack
from shared.recordings.outcomes import Done, FanOut, Permanent, Skipped
from shared.recordings.recording import Family, StoredObject

#: So many states wait for the choice, for each that may be kept: a screen that never stops changing has hundreds.
_HELD_FOR_ONE = 3
#: What waits takes no more than this: photographs on a 5K screen are files of 20 MB.
_MAX_HELD_BYTES = 200 * 2**20


class _Encoded(SettledState, frozen=True, kw_only=True):
    """A state with its pictures as files: a decoded picture takes 30 times as much memory."""

    picture: bytes
    thumbnail: bytes


@step(profile="media", memory_mb=1024, timeout_s=900)
def steps_extract_frames(work: Attempt, media: Media) -> Done | FanOut | Skipped:
    """Find the settled states of the screen, each part of a long video in a task of its own."""
    video = from_plain(work.result_of("pin_upload")["video"], StoredObject)
    try:
        with media.open(video) as source:
            if work.shard is not None:
                return _extract(source, work.shard, work, media)
            facts = probe(source, on_progress=work.check)
    except UnreadableMedia as error:
        raise Permanent(error.code, error.message) from error
    # Feedback has words and logs to go by. A session is nothing but its pictures: its shard says what is amiss.
    if facts.video is None and work.recording.family is Family.FEEDBACK:
        return Skipped(detail="The file has no pictures.")
    return FanOut(shards=[{**chunk, "duration_ms": facts.duration_ms} for chunk in chunks_of(facts.duration_ms)])


def _extract(source: BinaryIO, chunk: Mapping[str, Any], work: Attempt, media: Media) -> Done:
    found = settled_frames(source, from_ms=chunk["from_ms"], to_ms=chunk["to_ms"], on_progress=work.check)
    kept = [_save(state, work, media) for state in _choose(found, MOST_FRAMES[work.recording.family])]
    states = FoundStates(states=tuple(kept), duration_ms=chunk["duration_ms"])
    stored = media.save(work.output("states.json.gz").render(), pack(states), content_type=GZIP)
    return Done(result={"states": to_plain(stored)}, detail=f"{len(kept)} states")


def _choose(found: Iterable[SettledFrame], most: int) -> list[_Encoded]:
    """The states that tell most, of which never too many are held."""
    held: list[_Encoded] = []
    for frame in found:
        held.append(_encode(frame))
        held_bytes = sum(len(state.picture) + len(state.thumbnail) for state in held)
        if len(held) == _HELD_FOR_ONE * most or held_bytes > _MAX_HELD_BYTES:
            held = most_telling(held, min(most, len(held) // 2))
    return most_telling(held, most)


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
