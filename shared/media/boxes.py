"""Refuse an MP4 whose tables promise more samples than a recording can have, before ffmpeg believes them.

ffmpeg keeps an index entry for every sample that a table *declares*. Measured: a file of 3 KB that declares
80 million samples costs 4 GB of memory, and a zlib-compressed header (`cmov`) of 0.4 MB costs 0.8 GB.

Everything but the media bytes (`mdat`) is read and searched for table names, at any depth: ffmpeg accepts
tables in more places than the standard does, so a walk along the standard's tree would miss some.
Layouts: ISO/IEC 14496-12.
"""

import io
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from shared.media.errors import UnreadableMedia

# A recording of 12 hours at 60 pictures per second has 2.6 million samples.
MAX_SAMPLES = 3_000_000
# ffmpeg repeats the index for every entry of an edit list.
_MAX_EDITED_SAMPLES = 4 * MAX_SAMPLES
_MAX_HEADER_BYTES = 64 * 2**20
_MAX_BOXES = 200_000
# A PCM track counts every audio sample; ffmpeg indexes it in runs of about so many.
_PCM_SAMPLES_PER_ENTRY = 1024
_TABLE_NAME = re.compile(rb"cmov|co64|elst|hdlr|stco|stsc|stsz|stts|stz2|trun")
# What an audio track of a MOV may call itself, and the data handlers that stand beside it.
_SOUND_HANDLERS = frozenset({b"soun", b"alis", b"url ", b"rsrc"})


def check_boxes(source: BinaryIO, size_bytes: int) -> None:
    """Refuse an MP4 or MOV file that ffmpeg should not be given.

    Raises:
        UnreadableMedia: `truncated` without a whole `moov`; `not_a_video` for pictures in the same container
            (HEIC, AVIF); `malformed` when its tables are implausible.
    """
    kinds: set[bytes] = set()
    fragment_samples = 0
    for kind, start, end in _walk(source, size_bytes):
        kinds.add(kind)
        if kind == b"mdat":
            continue
        body = _read_header_box(source, kind, start, end, size_bytes)
        for part in _split_tracks(body) if kind == b"moov" else [body]:
            _check_tables(part)
        fragment_samples += sum(_uint32(body, at + 4) for name, at in _find_tables(body) if name == b"trun")
        if fragment_samples > MAX_SAMPLES:
            raise _too_many_samples()
    if b"moov" not in kinds:
        raise _without_header(kinds)


def _without_header(kinds: set[bytes]) -> UnreadableMedia:
    if b"mdat" in kinds and b"meta" not in kinds:
        return UnreadableMedia("truncated", "The upload is incomplete: it ends before its table of contents.")
    return UnreadableMedia("not_a_video", "The file is an MP4 container without a movie in it.")


def _too_many_samples() -> UnreadableMedia:
    return UnreadableMedia("malformed", "The file declares more samples than a recording can have.")


def _walk(source: BinaryIO, size_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each box, one level deep, until the bytes make no sense."""
    position = 0
    for _ in range(_MAX_BOXES):
        source.seek(position)
        header = source.read(16)
        if len(header) < 8:
            return
        length, kind = struct.unpack(">I4s", header[:8])
        start = position + 8
        if length == 1 and len(header) == 16:
            length = int.from_bytes(header[8:])
            start = position + 16
        end = position + length if length else size_bytes
        if end < start:
            return
        yield kind, start, end
        position = end
    raise UnreadableMedia("malformed", "The file has more boxes than a recording can have.")


def _read_header_box(source: BinaryIO, kind: bytes, start: int, end: int, size_bytes: int) -> bytes:
    if kind == b"moov" and end > size_bytes:
        raise UnreadableMedia("truncated", "The upload is incomplete: it ends inside its table of contents.")
    length = min(end, size_bytes) - start
    if length > _MAX_HEADER_BYTES:
        raise UnreadableMedia("malformed", "The file's header is larger than a recording can need.")
    source.seek(start)
    return source.read(max(length, 0))


def _split_tracks(movie: bytes) -> Iterator[bytes]:
    """Yield the content of each child of `moov`: a track is one of them."""
    for _, start, end in _walk(io.BytesIO(movie), len(movie)):
        yield movie[start - 8 : end]


def _find_tables(part: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield each table's name and where its content starts (behind the 64-bit length, if it has one)."""
    for match in _TABLE_NAME.finditer(part):
        has_long_length = part[max(match.start() - 4, 0) : match.start()] == b"\0\0\0\1"
        yield match[0], match.end() + (8 if has_long_length else 0)


def _check_tables(part: bytes) -> None:
    """Judge the tables of one track together: each is version and flags, then the numbers that count."""
    tables = list(_find_tables(part))
    if any(name == b"cmov" for name, _ in tables):
        raise UnreadableMedia("malformed", "The file has a compressed header, which is not read.")
    samples = max((_uint32(part, at + 8) for name, at in tables if name in (b"stsz", b"stz2")), default=0)
    edits = max((_uint32(part, at + 4) for name, at in tables if name == b"elst"), default=0)
    if samples > MAX_SAMPLES and _is_pcm(part, tables):
        chunks = max((_uint32(part, at + 4) for name, at in tables if name in (b"stco", b"co64")), default=0)
        longest = max((_longest_chunk(part, at) for name, at in tables if name == b"stsc"), default=0)
        samples = chunks * (longest // _PCM_SAMPLES_PER_ENTRY + 1)
    if samples > MAX_SAMPLES or samples * edits > _MAX_EDITED_SAMPLES:
        raise _too_many_samples()


def _is_pcm(part: bytes, tables: list[tuple[bytes, int]]) -> bool:
    """Tell whether every table says: sound, all samples one tick long."""
    handlers = {part[at + 8 : at + 12] for name, at in tables if name == b"hdlr"}
    rows = {(_uint32(part, at + 4), _uint32(part, at + 12)) for name, at in tables if name == b"stts"}
    return b"soun" in handlers and handlers <= _SOUND_HANDLERS and rows == {(1, 1)}


def _longest_chunk(part: bytes, at: int) -> int:
    """Return the most samples that one chunk has; rows are first chunk, samples per chunk, description."""
    rows = part[at + 8 : at + 8 + 12 * _uint32(part, at + 4)]
    return max((row[1] for row in struct.iter_unpack(">III", rows[: len(rows) // 12 * 12])), default=0)


def _uint32(part: bytes, at: int) -> int:
    """Return the number at that place, or 0 behind the end."""
    return int.from_bytes(part[at : at + 4]) if at + 4 <= len(part) else 0
