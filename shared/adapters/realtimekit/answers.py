"""What the service's answers say. Nothing in them is trusted to have the documented type.

A recording needs an id and a status that we know; whatever else cannot be read counts as not said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.ports.meetings import OLDER_WORDS, MeetingUnavailable, ProviderRecording, ProviderState

Answer = Mapping[str, Any]

_STATES = {**{state.value: state for state in ProviderState}, **OLDER_WORDS}


def recording_of(fields: Any) -> ProviderRecording:
    """The recording in one object of an answer.

    Raises:
        MeetingUnavailable: it has no id, or no status that we know.
    """
    match fields:
        case {"id": str(id), "status": str(word)} if id and word in _STATES:
            return ProviderRecording(
                id=id,
                state=_STATES[word],
                invoked_at=_moment(fields.get("invoked_time")),
                started_at=_moment(fields.get("started_time")),
                stopped_at=_moment(fields.get("stopped_time")),
                duration_seconds=_amount(fields.get("recording_duration")),
                size_bytes=_count(fields.get("file_size")),
                download_url=_text(fields.get("download_url")),
                download_url_expires_at=_moment(fields.get("download_url_expiry")),
                file_name=_text(fields.get("output_file_name")),
            )
    raise MeetingUnavailable("the meeting service answered something that is no recording")


def content_of(answer: object) -> Any:
    """What an answer carries as its `data`.

    Raises:
        MeetingUnavailable: it does not say that it succeeded, or carries nothing.
    """
    match answer:
        case {"success": True, "data": content} if content is not None:
            return content
    raise MeetingUnavailable("the meeting service's answer cannot be read")


def page_of(answer: object) -> tuple[Sequence[Any], int]:
    """The objects on one page of a list, and how many there are on all pages.

    Raises:
        MeetingUnavailable: it is no page.
    """
    match answer:
        case {"success": True, "data": list(rows), "paging": {"total_count": int(total)}}:
            return rows, total
    raise MeetingUnavailable("the meeting service's list cannot be read")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None


def _amount(value: object) -> float | None:
    """A number that is not negative; some answers write theirs as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and amount >= 0 else None


def _count(value: object) -> int | None:
    amount = _amount(value)
    return None if amount is None else int(amount)
