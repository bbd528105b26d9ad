import time

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports import Media
from shared.ports.pages import PageInspector
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.outcomes import Done, Skipped
from shared.sessions.service import details_of
from shared.sessions.steps import Inspection


@step(profile="browser", memory_mb=2048, timeout_s=300)
def steps_inspect_pages(work: Attempt, media: Media, inspector: PageInspector) -> Done | Skipped:
    """Open the seed URL in a browser, and take its ARIA snapshot; a page that fails is told of."""
    seed_url = details_of(work.recording).seed_url
    if seed_url is None:
        return Skipped(detail="there is no seed URL")
    began_at = time.monotonic()
    pages = inspector.inspect([seed_url])
    duration_ms = round((time.monotonic() - began_at) * 1000)
    stored = media.save(
        work.output("pages.json.gz").render(),
        pack(Inspection(pages=tuple(pages), duration_ms=duration_ms)),
        content_type=GZIP,
    )
    return Done(result={"pages": to_plain(stored)}, detail=f"{sum(page.is_loaded for page in pages)} snapshots")
