"""What a tenant's server is told of a finished recording, and how it can tell that we said so.

The signature is HMAC-SHA256 over `<timestamp>.<body>`, keyed with the whole secret as it was given, `whsec_` too; the
timestamp is that of the attempt, in seconds since 1970, so that a receiver can refuse what is old.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.errors import PlayheadError
from shared.ports.files import HotFiles
from shared.recordings.recording import Recording
from shared.rooms.api import whole_seconds
from shared.rooms.domain import WEBHOOK_URL_LIFETIME, Delivery, RoomRecordingDetails, WebhookTarget
from shared.rooms.reading import details_of

RECORDING_READY = "meeting.recording_ready"


def render_body(recording: Recording, target: WebhookTarget, *, files: HotFiles, now: datetime) -> bytes:
    """The body of `meeting.recording_ready`, with a download URL that is new.

    The members `recording`, `transcript` and `summary` are there if the tenant wants them. Nobody transcribes or
    summarizes meetings here, nor counts who took part: what is not known is null. `errors` is there if a download URL
    was wanted and could not be made.
    """
    details = details_of(recording)
    body: dict[str, Any] = {
        "event": RECORDING_READY,
        "timestamp": _timestamp(now),
        "meeting": _meeting(details),
        "participants": [],
    }
    if target.include_recording:
        file, errors = _file(recording.id, details, files=files, now=now)
        body["recording"] = {
            "id": recording.id,
            "duration_seconds": whole_seconds(details.duration_seconds),
            "size_bytes": details.size_bytes,
            **file,
        }
        body |= {"errors": errors} if errors else {}
    body |= {"transcript": None} if target.include_transcript else {}
    body |= {"summary": None} if target.include_summary else {}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery: Delivery, body: bytes, *, secret: str, now: datetime) -> Mapping[str, str]:
    """The headers of one attempt; the delivery's id is the same in all of them."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Playhead",
        "X-Chalk-Event": delivery.event,
        "X-Chalk-Delivery-ID": delivery.id,
        "X-Chalk-Timestamp": timestamp,
        "X-Chalk-Signature": sign(body, secret=secret, timestamp=timestamp),
    }


def sign(body: bytes, *, secret: str, timestamp: str) -> str:
    """The signature of a body, as its header has it: `sha256=<hex>`."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _meeting(details: RoomRecordingDetails) -> dict[str, Any]:
    return {
        "id": details.room_id,
        "name": details.room_name,
        "started_at": _timestamp(details.started_at),
        "ended_at": _timestamp(details.ended_at),
        "duration_seconds": whole_seconds(details.duration_seconds),
        "participant_count": None,
    }


def _file(
    id: str, details: RoomRecordingDetails, *, files: HotFiles, now: datetime
) -> tuple[dict[str, Any], list[str]]:
    """Where the file is to be had, and what is wrong if it is not."""
    nowhere = {"download_url": None, "expires_at": None}
    if details.file is None or details.copy is not None:
        return nowhere, ["recording: the file is archived; ask for it to be restored"]
    try:
        url = files.signed_get(details.file, lifetime=WEBHOOK_URL_LIFETIME, file_name=f"{id}.mp4")
    except PlayheadError:
        return nowhere, ["recording: no download URL can be made now"]
    return {"download_url": url, "expires_at": _timestamp(now + WEBHOOK_URL_LIFETIME)}, []


def _timestamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
