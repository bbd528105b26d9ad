"""What the steps of an analysis have seen and heard, for the steps behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from shared.evidence.screens import Screens
from shared.evidence.transcript import Transcript
from shared.ports import Media, Recordings
from shared.recordings.codec import from_plain
from shared.recordings.handover import unpack
from shared.recordings.recording import StoredObject


class RunSoFar(Protocol):
    """What a step knows of the steps before it."""

    @property
    def run_id(self) -> str: ...

    def result_of(self, step: str) -> Mapping[str, Any]: ...


def find_screens(run: RunSoFar, *, recordings: Recordings, media: Media) -> Screens:
    """What was read on the frames, in the order of time; a shard that failed has nothing."""
    results = [shard.record.result for shard in recordings.shards(run.run_id, "read_screens")]
    parts = [unpack(_read(result["screens"], media), Screens) for result in results if "screens" in result]
    found = (screen for part in parts for screen in part.screens)
    return Screens(screens=tuple(sorted(found, key=lambda screen: screen.timestamp_ms)))


def find_transcript(run: RunSoFar, *, media: Media) -> Transcript | None:
    """What was heard, as well as it is known by now; None where nobody was."""
    result = run.result_of("refine_transcript") or run.result_of("transcribe_speech")
    return unpack(_read(result["transcript"], media), Transcript) if result else None


def _read(stored: Mapping[str, Any], media: Media) -> bytes:
    return b"".join(media.stream(from_plain(stored, StoredObject)))
