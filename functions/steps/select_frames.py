from typing import Any, Self

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.frame_states import SettledState, merge_chunks, most_telling
from shared.ports import Ids, Media, Recordings
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import MOST_FRAMES, FoundState, FoundStates, KeptFrame, unpack
from shared.recordings.outcomes import Done, Permanent, Skipped
from shared.recordings.recording import Family, StoredObject


class _Located(SettledState, frozen=True, kw_only=True):
    """A state, and where its pictures are."""

    found: FoundState

    @classmethod
    def of(cls, found: FoundState) -> Self:
        return cls(
            timestamp_ms=found.timestamp_ms,
            settled_ms=found.settled_ms,
            changed_share=found.changed_share,
            signature=found.signature,
            found=found,
        )


@step(profile="media", timeout_s=120)
def steps_select_frames(work: Attempt, recordings: Recordings, media: Media, ids: Ids) -> Done | Skipped:
    """Join the parts of the video, and keep the frames that tell most."""
    shards = recordings.shards(work.run_id, "extract_frames")
    parts = [unpack(_read(shard.record.result, media), FoundStates) for shard in shards]
    states = merge_chunks([[_Located.of(state) for state in part.states] for part in parts])
    if not states and work.recording.family is Family.FEEDBACK:
        return Skipped(detail="The file has no pictures.")
    if not states:
        raise Permanent("no_frames", "The video shows no picture that stood still.")
    kept = [_keep(state, ids) for state in most_telling(states, MOST_FRAMES[work.recording.family])]
    return Done(
        result={"frames": [to_plain(frame) for frame in kept], "duration_ms": parts[0].duration_ms},
        detail=f"{len(kept)} frames",
    )


def _read(result: Any, media: Media) -> bytes:
    return b"".join(media.stream(from_plain(result["states"], StoredObject)))


def _keep(state: _Located, ids: Ids) -> KeptFrame:
    return KeptFrame(
        id=f"frm_{ids.code(8)}",
        timestamp_ms=state.timestamp_ms,
        picture=state.found.picture,
        thumbnail=state.found.thumbnail,
    )
