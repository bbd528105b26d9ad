"""Read what a client said of its recording, of whatever shape: what cannot be understood is counted, not refused."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from shared.feedback.client_entries import read_action, read_console_log, read_element, read_metadata, read_request
from shared.feedback.client_log import Context
from shared.feedback.domain import FeedbackDetails
from shared.feedback.members import Members, items_of, members_of
from shared.ports import Media
from shared.recordings.codec import from_plain
from shared.recordings.recording import Recording

Entry = TypeVar("Entry")

#: What a parsed document may take in memory, in bytes, and what a part of it takes: a `[` or `{`, and a comma.
_MOST_MEMORY = 400 * 1024**2
_CONTAINER_BYTES, _ITEM_BYTES = 240, 60
_MOST_DIGITS = 18


def fetch_context(recording: Recording, *, media: Media) -> Context:
    """Return what the client of a recording sent besides the video."""
    details = from_plain(recording.details, FeedbackDetails)
    return read_context(gzip.decompress(b"".join(media.stream(details.context))))


def read_context(stored_json: bytes) -> Context:
    """Read what a client sent: an object of `metadata`, `actions`, `browserState` and `elements`. Never raises.

    A document that would not fit into memory, or that nests deeper than anything real, is left out as a whole.
    """
    parsed = _parse(stored_json)
    if isinstance(parsed, str):
        return Context(notes=(parsed,))
    browser = members_of(parsed.get("browserState"))
    unread: Counter[str] = Counter()
    return Context(
        metadata=read_metadata(members_of(parsed.get("metadata"))),
        actions=tuple(_entries("actions", parsed.get("actions"), read_action, unread)),
        console_logs=tuple(_entries("console logs", browser.get("consoleLogs"), read_console_log, unread)),
        requests=tuple(_entries("network requests", browser.get("networkRequests"), read_request, unread)),
        elements=tuple(_entries("elements", parsed.get("elements"), read_element, unread)),
        unread=dict(unread),
    )


def _parse(stored_json: bytes) -> Members | str:
    """The document, or why it cannot be read."""
    containers, items = stored_json.count(b"{") + stored_json.count(b"["), stored_json.count(b",")
    if containers * _CONTAINER_BYTES + items * _ITEM_BYTES > _MOST_MEMORY:
        return "What the client sent has too many parts to be read."
    try:
        return members_of(json.loads(stored_json.decode("utf-8", "replace"), parse_int=_integer))
    except (ValueError, RecursionError):
        return "What the client sent could not be read."


def _integer(digits: str) -> int | float:
    """A number of thousands of digits takes quadratic time, and Python refuses it."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _entries(
    name: str, value: object, read: Callable[[Members], Entry | None], unread: Counter[str]
) -> Iterator[Entry]:
    for item in items_of(value):
        entry = read(item) if isinstance(item, dict) else None
        if entry is None:
            unread[name] += 1
        else:
            yield entry
