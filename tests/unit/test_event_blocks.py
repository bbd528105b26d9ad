"""Event blocks: together they are the recording, alone each can be read, and a window is a plain filter."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.capture import event_blocks
from shared.capture.event_blocks import (
    FULL_SNAPSHOT,
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
from shared.recordings.codec import from_plain, to_plain

GZIP_HEADER_BYTES, GZIP_TRAILER_BYTES = 10, 8

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
events = st.fixed_dictionaries(
    {"type": st.integers(0, 6), "timestamp": st.integers(1000, 1030) | st.floats(1000, 1030)},
    optional={"data": json_values, "delay": st.integers(), '\u00e9"\\': json_values},
)
#: How a client may write its JSON.
spellings: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.none() | st.integers(0, 2)}
)
block_sizes = st.integers(1, 400)


def sorted_events(sent: list[dict[str, Any]], spelling: dict[str, Any] | None = None) -> list[RawEvent]:
    text = json.dumps(sent, **(spelling or {})).encode()
    return sorted(split_events(text), key=lambda event: event.at_ms)


def parsed(found: list[RawEvent]) -> list[dict[str, Any]]:
    return [json.loads(bytes(event.text)) for event in found]


def read_from(stored: bytes, block: Block) -> list[RawEvent]:
    return read_block(stored[block.offset : block.offset + block.length], block)


class CountingReader:
    """Reads blocks of a stored object, and remembers which."""

    def __init__(self, stored: bytes, index: BlockIndex) -> None:
        self._stored, self._index = stored, index
        self.read: set[int] = set()

    def __call__(self, block: Block) -> list[RawEvent]:
        self.read.add(self._index.blocks.index(block))
        return read_from(self._stored, block)


@given(st.lists(events, max_size=20), spellings, block_sizes)
@example([], {}, 100)
@example([{"type": 4, "timestamp": 0}], {}, 1)
def test_the_object_is_one_gzip_member_of_the_whole_recording(
    sent: list[dict[str, Any]], spelling: dict[str, Any], block_bytes: int
) -> None:
    ordered = sorted_events(sent, spelling)

    stored, index = write_blocks(ordered, block_bytes=block_bytes)

    member = zlib.decompressobj(wbits=31)
    text = member.decompress(stored)
    assert (member.eof, member.unused_data) == (True, b"")
    assert gzip.decompress(stored) == text
    assert json.loads(text) == sorted(sent, key=lambda event: event["timestamp"])
    assert (index.event_count, index.inflated_bytes) == (len(sent), len(text))


@given(st.lists(events, min_size=1, max_size=20), spellings, block_sizes)
def test_the_bytes_of_an_event_stay_as_they_came(
    sent: list[dict[str, Any]], spelling: dict[str, Any], block_bytes: int
) -> None:
    ordered = sorted_events(sent, spelling)

    stored, _ = write_blocks(ordered, block_bytes=block_bytes)

    assert gzip.decompress(stored) == b"[" + b",".join(bytes(event.text) for event in ordered) + b"]"


@given(st.lists(events, max_size=20), block_sizes)
def test_every_block_can_be_read_alone_and_together_they_are_the_recording(
    sent: list[dict[str, Any]], block_bytes: int
) -> None:
    ordered = sorted_events(sent)

    stored, index = write_blocks(ordered, block_bytes=block_bytes)

    blocks = [read_from(stored, block) for block in index.blocks]
    assert [event for block in blocks for event in parsed(block)] == parsed(ordered)


@given(st.lists(events, max_size=20), block_sizes)
def test_the_blocks_tile_the_object(sent: list[dict[str, Any]], block_bytes: int) -> None:
    stored, index = write_blocks(sorted_events(sent), block_bytes=block_bytes)

    position = GZIP_HEADER_BYTES
    for block in index.blocks:
        assert block.offset == position
        position += block.length
    last_deflate_block = stored[position:-GZIP_TRAILER_BYTES]
    assert zlib.decompress(last_deflate_block, wbits=-15) == b""


@given(st.lists(events, min_size=1, max_size=20), block_sizes)
def test_the_index_says_what_is_in_each_block(sent: list[dict[str, Any]], block_bytes: int) -> None:
    stored, index = write_blocks(sorted_events(sent), block_bytes=block_bytes)

    for block in index.blocks:
        held = read_from(stored, block)
        assert (block.from_ms, block.to_ms) == (held[0].at_ms, held[-1].at_ms)
        assert block.event_count == len(held)
        assert block.inflated_bytes == sum(event.size_bytes + 1 for event in held) + (block is index.blocks[-1])
        assert block.has_full_snapshot == any(event.head.type == FULL_SNAPSHOT for event in held)
        assert len(held) == 1 or sum(event.size_bytes for event in held) <= block_bytes
    times = [event["timestamp"] for event in sent]
    assert (index.first_ms, index.last_ms) == (min(times), max(times))


@given(st.lists(events, max_size=20), block_sizes)
def test_the_index_survives_being_stored(sent: list[dict[str, Any]], block_bytes: int) -> None:
    _, index = write_blocks(sorted_events(sent), block_bytes=block_bytes)

    again = from_plain(json.loads(json.dumps(to_plain(index))), BlockIndex)

    assert again == index


@given(
    st.lists(events, max_size=25),
    block_sizes,
    st.none() | st.integers(0, 40),
    st.none() | st.integers(0, 40),
)
@example([{"type": type_, "timestamp": at_ms} for type_, at_ms in [(3, 1000), (2, 1010), (3, 1020)]], 1, 10, 20)
def test_a_window_is_the_plain_filter(
    sent: list[dict[str, Any]], block_bytes: int, from_ms: int | None, to_ms: int | None
) -> None:
    ordered = sorted_events(sent)
    stored, index = write_blocks(ordered, block_bytes=block_bytes)

    found = list(window(index, CountingReader(stored, index), from_ms=from_ms, to_ms=to_ms))

    assert parsed(found) == plain_window(parsed(ordered), from_ms, to_ms)


def plain_window(ordered: list[dict[str, Any]], from_ms: int | None, to_ms: int | None) -> list[dict[str, Any]]:
    """The nearest full snapshot at or before `from_ms` (none: the start), then everything to `to_ms`."""
    if not ordered:
        return []
    elapsed_ms = [event["timestamp"] - ordered[0]["timestamp"] for event in ordered]
    snapshots = [
        position
        for position, event in enumerate(ordered)
        if from_ms is not None and event["type"] == FULL_SNAPSHOT and elapsed_ms[position] <= from_ms
    ]
    begin = snapshots[-1] if snapshots else 0
    return [
        event
        for position, event in enumerate(ordered)
        if position >= begin and (to_ms is None or elapsed_ms[position] <= to_ms)
    ]


@given(
    st.lists(events, min_size=1, max_size=25),
    block_sizes,
    st.none() | st.integers(0, 40),
    st.none() | st.integers(0, 40),
)
@example(
    [{"type": type_, "timestamp": at_ms} for type_, at_ms in [(3, 1000), (3, 1001), (3, 1011), (2, 1025)]],
    60,
    15,
    None,
)
def test_the_blocks_that_a_window_needs_are_known_from_the_index_alone(
    sent: list[dict[str, Any]], block_bytes: int, from_ms: int | None, to_ms: int | None
) -> None:
    stored, index = write_blocks(sorted_events(sent), block_bytes=block_bytes)

    found = list(window(index, CountingReader(stored, index), from_ms=from_ms, to_ms=to_ms))

    expected = list(touched(index, from_ms=from_ms, to_ms=to_ms))
    assert sum(event.size_bytes for event in found) <= sum(block.inflated_bytes for block in expected)


def test_a_window_reads_only_the_blocks_that_it_touches() -> None:
    sent = [{"type": 2 if number % 5 == 0 else 3, "timestamp": number * 10} for number in range(20)]
    stored, index = write_blocks(sorted_events(sent), block_bytes=1)
    reader = CountingReader(stored, index)

    found = list(window(index, reader, from_ms=73, to_ms=90))

    assert [event.at_ms for event in found] == [50, 60, 70, 80, 90]
    assert reader.read == {5, 6, 7, 8, 9}


def test_a_block_of_other_bytes_is_refused() -> None:
    _, index = write_blocks(sorted_events([{"type": 2, "timestamp": 1}]))
    other, _ = write_blocks(sorted_events([{"type": 3, "timestamp": 1}]))

    with pytest.raises(ValueError, match="checksum"):
        read_from(other, index.blocks[0])


@given(st.lists(events, max_size=6), spellings)
def test_joined_events_are_a_json_array(sent: list[dict[str, Any]], spelling: dict[str, Any]) -> None:
    pieces = join_events(split_events(json.dumps(sent, **spelling).encode()))

    assert json.loads(b"".join(pieces)) == sent


@pytest.mark.parametrize("text", [b"{}", b"null", b"1", b'"events"', b"[", b""])
def test_what_is_no_array_is_refused(text: bytes) -> None:
    with pytest.raises(EventFormatError, match="must be an array"):
        split_events(text)


@pytest.mark.parametrize(
    "event",
    [
        "1",
        "null",
        "[]",
        '"event"',
        "{}",
        '{"type":2}',
        '{"timestamp":1}',
        '{"type":null,"timestamp":1}',
        '{"type":"2","timestamp":1}',
        '{"type":2.5,"timestamp":1}',
        '{"type":true,"timestamp":1}',
        '{"type":2,"timestamp":null}',
        '{"type":2,"timestamp":"1"}',
        '{"type":2,"timestamp":true}',
        '{"type":2,"timestamp":1e999}',
        '{"type":2,"timestamp":' + "1" * 5000 + "}",
    ],
)
def test_a_bad_event_is_named_by_its_index(event: str) -> None:
    with pytest.raises(EventFormatError, match=r"events\[2\]"):
        split_events(b'[{"type":4,"timestamp":1},{"type":2,"timestamp":2},' + event.encode() + b"]")


@pytest.mark.parametrize("timestamp", ["1e300", "1" * 30, "-1e300", str(2**63)])
def test_a_time_that_is_no_time_is_refused_like_any_bad_event(timestamp: str) -> None:
    with pytest.raises(EventFormatError, match=r"events\[0\]"):
        split_events(b'[{"type":2,"timestamp":' + timestamp.encode() + b"}]")


@pytest.mark.parametrize("key", ["timestamp", r"\u0074imestamp"], ids=["as usual", "as an escape"])
def test_more_events_than_the_cap_are_refused_however_their_keys_are_spelled(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(event_blocks, "MAX_EVENTS", 10)
    event = f'{{"type":3,"{key}":1}}'

    assert len(split_events(f"[{','.join([event] * 10)}]".encode())) == 10
    with pytest.raises(EventFormatError, match="at most 10"):
        split_events(f"[{','.join([event] * 11)}]".encode())


def test_only_events_count_as_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_blocks, "MAX_EVENTS", 10)
    entries = ",".join(['{"timestamp":1}'] * 20)

    assert len(split_events(f'[{{"type":6,"timestamp":1,"data":{{"entries":[{entries}]}}}}]'.encode())) == 1


def test_unknown_types_and_extra_keys_are_taken() -> None:
    text = b'[{"type":99,"timestamp":1.5,"data":null,"extra":{"a":[1]},"timestamp":2}]'

    assert [(event.head.type, event.at_ms) for event in split_events(text)] == [(99, 2)]
