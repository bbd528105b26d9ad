"""From what was seen to the prompt of a session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.ports import Media, Recordings
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, KeptFrame, pack, unpack
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done
from shared.recordings.recording import Caller, Recording, StoredObject
from shared.sessions.domain import PROMPT, AccountSettings, SessionDetails
from shared.sessions.evidence import SeenFrame, SessionEvidence
from shared.sessions.frames import compare_frames
from shared.sessions.prompt_input import PromptInput
from shared.sessions.prompts import render_prompt
from shared.sessions.service import details_of, find_settings
from shared.sessions.steps import Inspection, Reading, Readings
from shared.structs import replace

Value = TypeVar("Value")


def write_prompt(
    details: SessionDetails,
    evidence: SessionEvidence,
    settings: AccountSettings,
    *,
    max_tokens: int | None = None,
) -> str:
    """The prompt for the session's agent, as the account's settings want it."""
    return render_prompt(
        PromptInput(
            title=details.title,
            target=details.agent_target,
            seed_url=details.seed_url,
            notes=details.notes,
            duration_ms=details.duration_s * 1000,
            frames=compare_frames(evidence.frames),
            pages=evidence.pages,
            include_screenshots=settings.include_screenshots,
            inline_aria_tree=settings.inline_aria_tree,
            include_raw_diff=settings.include_raw_diff,
            max_tokens=max_tokens,
        )
    )


def synthesize(
    recording: Recording,
    *,
    frames: Mapping[str, Any],
    readings: Mapping[str, Any],
    pages: Mapping[str, Any],
    name: OutputName,
    recordings: Recordings,
    media: Media,
    now: datetime,
) -> Done:
    """Bring together what the steps before have found, given as their results, and write the prompt of it."""
    details = details_of(recording)
    inspection = _fetch(pages.get("pages"), Inspection, media) or Inspection()
    read = _fetch(readings.get("readings"), Readings, media) or Readings(readings=())
    by_frame = {reading.frame_id: reading for reading in read.readings}
    kept = [from_plain(frame, KeptFrame) for frame in frames["frames"]]
    seen = tuple(_seen(frame, by_frame.get(frame.id), details.seed_url or "", media) for frame in kept)
    evidence = SessionEvidence(frames=seen, pages=inspection.pages)
    urls = tuple(page.url for page in inspection.pages)
    found = {
        "duration_s": round(frames["duration_ms"] / 1000),
        "frame_count": len(seen),
        "urls": urls,
        "url_count": len(urls),
        "inspection_ms": inspection.duration_ms,
        "processing_ms": round((now - recording.created_at) / timedelta(milliseconds=1)),
        "evidence": media.save(name.render(), pack(evidence), content_type=GZIP),
    }
    details = replace(details, **found)
    owner = Caller(tenant_id=recording.tenant_id, user_id=recording.user_id)
    prompt = write_prompt(details, evidence, find_settings(by=owner, recordings=recordings))
    facts = {fact: value for fact, value in to_plain(details).items() if fact in found}  # the rest is the owner's
    return Done(details=facts, texts={PROMPT: prompt}, detail=f"{len(prompt.encode()):,} bytes")


def _fetch(stored: Mapping[str, Any] | None, type_: type[Value], media: Media) -> Value | None:
    if stored is None:
        return None
    return unpack(b"".join(media.stream(from_plain(stored, StoredObject))), type_)


def _seen(frame: KeptFrame, reading: Reading | None, url: str, media: Media) -> SeenFrame:
    return SeenFrame(
        id=frame.id,
        timestamp_ms=frame.timestamp_ms,
        url=url,
        thumbnail=b"".join(media.stream(frame.thumbnail)),
        pictures=(frame.picture, frame.thumbnail),
        elements=reading.elements if reading else (),
        error=reading.error if reading else "the frame was not read",
    )
