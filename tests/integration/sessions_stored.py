"""Sessions as processing leaves them, made in a moment, without a video, by the product's own adapters."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from shared import ports
from shared.recordings import lifecycle
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.objects import EditName
from shared.recordings.recording import Family, Recording
from shared.recordings.texts import Text
from shared.sessions.domain import PROMPT
from shared.sessions.evidence import SeenFrame, SessionEvidence
from shared.sessions.service import details_of
from shared.structs import replace
from shared.wiring import wired
from tests.integration.stored import now, recording_of
from tests.unit.pictures import CHECKOUT, FLOW, PAGES, Picture

PROCESSING_MS = 4321
DURATION_S = 9


def complete_session(id: str, pictures: Sequence[Picture] = FLOW[:2]) -> list[str]:
    """Give a session that is tracked by hand what processing would have given it; returns its frames' new ids."""
    recording = recording_of(id)
    frames = tuple(_frame(id, picture) for picture in pictures)
    evidence = pack(SessionEvidence(frames=frames, pages=PAGES))
    details = replace(
        details_of(recording),
        seed_url=CHECKOUT,
        duration_s=DURATION_S,
        frame_count=len(frames),
        urls=tuple(page.url for page in PAGES),
        url_count=len(PAGES),
        processing_ms=PROCESSING_MS,
        evidence=wired(ports.Media).save(_name(id, "evidence.json.gz"), evidence, content_type=GZIP),
    )
    finish(replace(recording, details=to_plain(details)))
    return [frame.id for frame in frames]


def finish(recording: Recording) -> None:
    """Save the recording as ready, with a prompt."""
    origin = Origin(actor="step:synthesize_session")
    ready = lifecycle.apply(recording, Cause.RUN_DONE, now=now(), origin=origin)
    text = Text(recording_id=recording.id, name=PROMPT, content="What processing wrote.")
    wired(ports.Recordings).transact(lambda transaction: transaction.save(ready, text))


def _frame(id: str, picture: Picture) -> SeenFrame:
    frame_id = f"frm_{wired(ports.Ids).code(8)}"
    content = _png()
    stored = wired(ports.Media).save(_name(id, f"{frame_id.lower()}.png"), content, content_type="image/png")
    return SeenFrame(
        id=frame_id,
        timestamp_ms=picture.timestamp_ms,
        url=picture.url,
        thumbnail=content,
        pictures=(stored,),
        elements=picture.elements,
        error=picture.error,
    )


def _name(id: str, file: str) -> str:
    return EditName(Family.SESSIONS, id, wired(ports.Ids).uuid(), file).render()


def _png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 36), "white").save(target, "PNG")
    return target.getvalue()
