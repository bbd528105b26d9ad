import json
from collections.abc import Iterator
from typing import Any

import msgspec

from shared.capture.domain import CaptureDetails
from shared.capture.events import stored_events
from shared.capture.reading import details_of
from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.media.rrweb_summary import summarize
from shared.ports import Media
from shared.recordings.codec import to_plain
from shared.recordings.outcomes import Done


@step(memory_mb=1024, timeout_s=300, concurrency=4)
def steps_summarize_events(work: Attempt, media: Media) -> Done:
    """Sum up the events: pages, clicks, inputs, errors."""
    summary = summarize(_events(details_of(work.recording), work, media))
    stored = media.save(
        work.output("event_summary.json").render(),
        json.dumps(to_plain(summary)).encode(),
        content_type="application/json",
    )
    return Done(result={"event_summary": to_plain(stored)}, detail=f"{summary.event_count} events")


def _events(details: CaptureDetails, work: Attempt, media: Media) -> Iterator[dict[str, Any]]:
    for event in stored_events(details, media=media):
        work.check()
        yield msgspec.json.decode(event.text)
