"""A recording's rrweb events: read from a body, kept as one object, and given back whole or in part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import msgspec

from shared.capture.api import EventsQuery, NewRecording
from shared.capture.domain import MAX_NAVIGATIONS, MAX_NAVIGATIONS_BYTES, MAX_URL_CHARS, CaptureDetails, Navigation
from shared.capture.event_blocks import (
    META,
    Block,
    BlockIndex,
    EventFormatError,
    RawEvent,
    join_events,
    read_block,
    split_events,
    touched,
    window,
    write_blocks,
)
from shared.errors import InvalidRequest, NotFound
from shared.ports import Media
from shared.recordings.codec import to_plain
from shared.recordings.objects import EventsName
from shared.recordings.recording import Family, StoredObject
from shared.structs import Struct
from shared.wire import Representation

REDIRECT_LIFETIME = timedelta(minutes=5)


class StoredEvents(Struct, frozen=True):
    """The two objects that hold a recording's events, and what the second one says."""

    events: StoredObject
    block_index: StoredObject
    index: BlockIndex


def read_events(new: NewRecording) -> list[RawEvent]:
    """The events of a body, in order of time; those of the same time keep their order.

    Raises:
        InvalidRequest: one is not what rrweb emits; names its index.
    """
    try:
        events = split_events(new.events)
    except EventFormatError as error:
        raise InvalidRequest(str(error)) from None
    return sorted(events, key=lambda event: event.at_ms)


def navigations_of(new: NewRecording, events: list[RawEvent]) -> tuple[Navigation, ...]:
    """The pages that were visited: as the client says, or else as the events show.

    Raises:
        InvalidRequest: more than a recording's document may hold.
    """
    if new.navigations is None:
        return _derived_navigations(events)
    given = tuple(Navigation(url=one.url, timestamp_ms=one.timestamp_ms) for one in new.navigations)
    size = sum(len(one.url.encode()) + 32 for one in given)
    if len(given) > MAX_NAVIGATIONS or size > MAX_NAVIGATIONS_BYTES:
        raise InvalidRequest(
            f"navigations: at most {MAX_NAVIGATIONS:,} entries and {MAX_NAVIGATIONS_BYTES // 1024} KiB"
        )
    return given


def _derived_navigations(events: list[RawEvent]) -> tuple[Navigation, ...]:
    """The pages that the Meta events name, up to the caps; a resize of the same page is no navigation."""
    found: list[Navigation] = []
    size = 0
    for event in events:
        url = _href(event) if event.head.type == META else None
        if url is None or (found and found[-1].url == url):
            continue
        size += len(url.encode()) + 32
        if len(found) == MAX_NAVIGATIONS or size > MAX_NAVIGATIONS_BYTES:
            break
        found.append(Navigation(url=url, timestamp_ms=int(event.at_ms - events[0].at_ms)))
    return tuple(found)


class _MetaData(msgspec.Struct):
    href: str


def _href(event: RawEvent) -> str | None:
    if isinstance(event.head.data, msgspec.UnsetType):
        return None
    try:
        return msgspec.json.decode(event.head.data, type=_MetaData).href[:MAX_URL_CHARS]
    except msgspec.MsgspecError:
        return None


def store_events(recording_id: str, events: list[RawEvent], media: Media) -> StoredEvents:
    """Write the events and their block index; both are swept if the recording never comes to be."""
    compressed, index = write_blocks(events)
    stored = media.save(
        EventsName(Family.CAPTURE, recording_id, "events.json").render(),
        compressed,
        content_type="application/json",
        content_encoding="gzip",
    )
    beside = media.save(
        EventsName(Family.CAPTURE, recording_id, "index.json").render(),
        json.dumps(to_plain(index)).encode(),
        content_type="application/json",
    )
    return StoredEvents(stored, beside, index)


def represent_events(details: CaptureDetails, query: EventsQuery, *, media: Media) -> Representation:
    """The stored events as they are, or the part of them that the query asks for."""
    events = details.events
    if query.from_ms is None and query.to_ms is None:
        return Representation(
            etag=f"{events.generation}",
            pieces=partial(_pieces, events, media),
            is_gzip=True,
            gzip_bytes=events.size_bytes,
            inflated_bytes=details.events_bytes,
            location=partial(media.signed_get, events, lifetime=REDIRECT_LIFETIME, content_type="application/json"),
        )
    with _or_gone():
        index = _read_index(details.block_index, media)
    blocks = list(touched(index, from_ms=query.from_ms, to_ms=query.to_ms))
    return Representation(
        etag=f"{events.generation}-{query.from_ms}-{query.to_ms}",
        pieces=partial(_window_pieces, index, events, query, media),
        is_gzip=False,
        gzip_bytes=sum(block.length for block in blocks),
        inflated_bytes=sum(block.inflated_bytes for block in blocks),
    )


def stored_events(details: CaptureDetails, *, media: Media) -> Iterator[RawEvent]:
    """All events of a recording, oldest first, one block in memory at a time."""
    for block in _read_index(details.block_index, media).blocks:
        yield from _read_stored(block, details.events, media)


def _pieces(events: StoredObject, media: Media) -> Iterator[bytes]:
    with _or_gone():
        yield from media.stream(events)


@contextmanager
def _or_gone() -> Iterator[None]:
    """What a delete has removed since the recording was read is not found."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("recording not found") from None


def _read_index(stored: StoredObject, media: Media) -> BlockIndex:
    return msgspec.json.decode(media.read(stored, start=0, end=stored.size_bytes), type=BlockIndex)


def _window_pieces(index: BlockIndex, events: StoredObject, query: EventsQuery, media: Media) -> Iterator[bytes]:
    read = partial(_read_stored, events=events, media=media)
    with _or_gone():
        yield from join_events(window(index, read, from_ms=query.from_ms, to_ms=query.to_ms))


def _read_stored(block: Block, events: StoredObject, media: Media) -> list[RawEvent]:
    return read_block(media.read(events, start=block.offset, end=block.offset + block.length), block)
