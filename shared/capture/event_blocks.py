"""rrweb events as one gzip object that can be read from the middle.

The object is one gzip member of one JSON array, with a full flush of the compressor before every block. A block holds
whole events (about 1 MB of JSON) and inflates alone, so a range of time costs the blocks that it touches:

    gzip header │ [e0,e1,…   │ ,e57,e58,… │ … │ ,e912]  │ crc32, size
                  block 0      block 1          block n

Several gzip members would be simpler to write, but Chromium and curl silently return only the first.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from shared.structs import Struct

BLOCK_BYTES = 1_000_000
MAX_EVENTS = 1_000_000  # of one recording: an hour of a busy page has about 100,000
FULL_SNAPSHOT = 2
META = 4
LATEST_MS = 8_640_000_000_000_000  # the last moment that a JavaScript Date can hold
_LEVEL = 6
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, unknown system


class EventHead(msgspec.Struct, frozen=True):
    """The head of an rrweb event; everything else stays as it came."""

    type: int
    timestamp: int | float
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class RawEvent(Struct, frozen=True):
    """One event: its head, and its bytes as they came."""

    head: EventHead
    text: msgspec.Raw | bytes

    @property
    def at_ms(self) -> float:
        """Epoch milliseconds."""
        return self.head.timestamp

    @property
    def size_bytes(self) -> int:
        return len(memoryview(self.text))


class Block(Struct, frozen=True, kw_only=True):
    """Where one block lies in the stored object, and what it holds. Times are epoch milliseconds."""

    from_ms: float
    to_ms: float
    offset: int
    length: int
    inflated_bytes: int
    crc32: int
    has_full_snapshot: bool
    event_count: int


class BlockIndex(Struct, frozen=True, kw_only=True):
    """The index beside the events."""

    blocks: tuple[Block, ...]
    event_count: int

    @property
    def inflated_bytes(self) -> int:
        return sum(block.inflated_bytes for block in self.blocks)

    @property
    def first_ms(self) -> float:
        return self.blocks[0].from_ms if self.event_count else 0

    @property
    def last_ms(self) -> float:
        return self.blocks[-1].to_ms if self.event_count else 0


#: Reads one block, by whatever means.
BlockReader = Callable[[Block], list[RawEvent]]


class EventFormatError(ValueError):
    """An event is not what rrweb emits; the message names its index."""


def split_events(array: msgspec.Raw | bytes) -> list[RawEvent]:
    """The events of a JSON array, in its order; only their heads are decoded.

    Raises:
        EventFormatError: not an array, an event without `type` or `timestamp`, or too many of them.
    """
    try:
        # The heads first: a long array of what is no event is refused at its first item, before memory is spent on it.
        heads = msgspec.json.decode(array, type=list[EventHead])
        if len(heads) > MAX_EVENTS:
            raise EventFormatError(f"events: at most {MAX_EVENTS:,} are taken")
        texts = msgspec.json.decode(array, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise EventFormatError(_named(error)) from None
    except RecursionError:
        raise EventFormatError("events are nested too deeply") from None
    for position, head in enumerate(heads):
        if not 0 <= head.timestamp <= LATEST_MS:
            raise EventFormatError(f"events[{position}]: timestamp is no time in epoch milliseconds")
    return [RawEvent(head, text) for head, text in zip(heads, texts, strict=True)]


def write_blocks(events: Sequence[RawEvent], *, block_bytes: int = BLOCK_BYTES) -> tuple[bytes, BlockIndex]:
    """The stored object and its index. `events` are in order of time."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    stored, blocks, checksum, size = bytearray(_HEADER), [], 0, 0
    groups = list(_group(events, block_bytes)) or [[]]
    for number, group in enumerate(groups):
        text = (b"," if number else b"[") + b",".join(event.text for event in group)
        text += b"]" if number == len(groups) - 1 else b""
        offset = len(stored)
        stored += compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH)
        checksum, size = zlib.crc32(text, checksum), size + len(text)
        blocks.append(_block(group, text, offset, len(stored) - offset))
    stored += compressor.flush(zlib.Z_FINISH) + struct.pack("<II", checksum, size & 0xFFFFFFFF)
    return bytes(stored), BlockIndex(blocks=tuple(blocks), event_count=len(events))


def read_block(stored: bytes, block: Block) -> list[RawEvent]:
    """The events of one block, from exactly its stored bytes.

    Raises:
        ValueError: these are not the block's bytes.
    """
    text = zlib.decompressobj(-zlib.MAX_WBITS).decompress(stored)
    if zlib.crc32(text) != block.crc32:
        raise ValueError("the stored block does not match its checksum")
    return split_events(b"[" + text[1:].removesuffix(b"]") + b"]")


def window(index: BlockIndex, read: BlockReader, *, from_ms: float | None, to_ms: float | None) -> Iterator[RawEvent]:
    """The events from the nearest full snapshot at or before `from_ms` up to and with `to_ms`.

    Both count from the first event; None leaves that side open. Without such a snapshot: from the first event.
    """
    if not index.event_count:
        return
    start = None if from_ms is None else index.first_ms + from_ms
    end = None if to_ms is None else index.first_ms + to_ms
    first, skip = (0, 0) if start is None else _snapshot_before(index, read, start)
    for number in range(first, len(index.blocks)):
        if end is not None and index.blocks[number].from_ms > end:
            return
        events = read(index.blocks[number])
        for event in events[skip if number == first else 0 :]:
            if end is not None and event.at_ms > end:
                return
            yield event


def touched(index: BlockIndex, *, from_ms: float | None, to_ms: float | None) -> Iterator[Block]:
    """The blocks that a window may need, by the index alone: at least those that `window` reads."""
    start = index.first_ms + (from_ms or 0)
    end = index.last_ms if to_ms is None else index.first_ms + to_ms
    snapshots = [block.from_ms for block in index.blocks if block.has_full_snapshot and block.from_ms <= start]
    begin = snapshots[-2] if len(snapshots) > 1 else index.first_ms  # the last one may hold its snapshot behind `start`
    return (block for block in index.blocks if begin <= block.to_ms and block.from_ms <= end)


def join_events(events: Iterable[RawEvent]) -> Iterator[bytes]:
    """A JSON array of the events, piece by piece; nothing comes before the first event has been read."""
    before = b"["
    for event in events:
        yield before + bytes(event.text)
        before = b","
    yield b"]" if before == b"," else b"[]"


def _named(error: msgspec.DecodeError) -> str:
    """What is wrong, with the index of the event that is."""
    sentence, _, place = str(error).partition(" - at `$[")
    if not place:
        return "events must be an array"
    return f"events[{place.partition(']')[0]}]: {sentence}"


def _group(events: Sequence[RawEvent], block_bytes: int) -> Iterator[list[RawEvent]]:
    group: list[RawEvent] = []
    size = 0
    for event in events:
        if group and size + event.size_bytes > block_bytes:
            yield group
            group, size = [], 0
        group.append(event)
        size += event.size_bytes
    if group:
        yield group


def _block(group: Sequence[RawEvent], text: bytes, offset: int, length: int) -> Block:
    return Block(
        from_ms=group[0].at_ms if group else 0,
        to_ms=group[-1].at_ms if group else 0,
        offset=offset,
        length=length,
        inflated_bytes=len(text),
        crc32=zlib.crc32(text),
        has_full_snapshot=any(event.head.type == FULL_SNAPSHOT for event in group),
        event_count=len(group),
    )


def _snapshot_before(index: BlockIndex, read: BlockReader, start: float) -> tuple[int, int]:
    for number in range(len(index.blocks) - 1, -1, -1):
        block = index.blocks[number]
        if block.from_ms > start or not block.has_full_snapshot:
            continue
        events = read(block)
        for position in range(len(events) - 1, -1, -1):
            if events[position].head.type == FULL_SNAPSHOT and events[position].at_ms <= start:
                return number, position
    return 0, 0
