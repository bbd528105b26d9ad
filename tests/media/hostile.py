"""Files that were made to hurt: small ones that promise much."""

import struct
import zlib

from tests.media.videos import make_mp4

HUGE_COUNT = 80_000_000


def declare_many_samples() -> bytes:
    """Return an MP4 whose sample table says 80 million samples, all in one chunk."""
    mp4 = bytearray(make_mp4())
    _write(mp4, b"stsz", 4, 1, HUGE_COUNT)
    _write(mp4, b"stsc", 8, 1, HUGE_COUNT)
    return bytes(mp4)


def declare_many_samples_in_a_long_box() -> bytes:
    """Return the same with the 64-bit form of a box's length."""
    mp4 = bytearray(make_mp4())
    at = mp4.index(b"stsz") - 4
    length = struct.unpack_from(">I", mp4, at)[0]
    struct.pack_into(">I4sQIII", mp4, at, 1, b"stsz", length, 0, 1, HUGE_COUNT)
    _write(mp4, b"stsc", 8, 1, HUGE_COUNT)
    return bytes(mp4)


def declare_many_fragment_samples() -> bytes:
    """Return a fragmented MP4 with a run of 80 million samples that take no byte of the file."""
    mp4 = bytearray(make_mp4(movflags="frag_keyframe+empty_moov+default_base_moof"))
    _write(mp4, b"trun", 0, 0, HUGE_COUNT)
    return bytes(mp4)


def repeat_the_movie_by_edits() -> bytes:
    """Return an MP4 with an edit list that plays everything a million times."""
    mp4 = bytearray(make_mp4())
    _write(mp4, b"elst", 4, 1_000_000)
    return bytes(mp4)


def repeat_the_bytes() -> bytes:
    """Return an MP4 whose chunks are all the same half of the file."""
    mp4 = bytearray(make_mp4())
    samples, chunks = _read(mp4, b"stsz", 8), _read(mp4, b"stco", 4)
    for sample in range(samples):
        _write(mp4, b"stsz", 12 + 4 * sample, len(mp4) // 2)
    for chunk in range(chunks):
        _write(mp4, b"stco", 8 + 4 * chunk, 48)
    _write(mp4, b"stsc", 4, 1, 1, 1)
    return bytes(mp4)


def compress_a_large_header() -> bytes:
    """Return an MP4 whose compressed header inflates to 60 MB."""
    mp4 = make_mp4()
    at = mp4.index(b"moov") - 4
    length = struct.unpack_from(">I", mp4, at)[0]
    filler = struct.pack(">I4s", 60_000_008, b"free") + bytes(60_000_000)
    movie = mp4[at + 8 : at + length] + filler
    inflated = struct.pack(">I4s", len(movie) + 8, b"moov") + movie
    content = struct.pack(">I", len(inflated)) + zlib.compress(inflated, 9)
    boxes = _box(b"dcom", b"zlib") + _box(b"cmvd", content)
    return _replace_box(mp4, at, _box(b"moov", _box(b"cmov", boxes)))


def empty_movie() -> bytes:
    """Return an MP4 that has a header and no track."""
    mp4 = make_mp4()
    ftyp_length = struct.unpack_from(">I", mp4, 0)[0]
    header_at = mp4.index(b"mvhd") - 4
    header_length = struct.unpack_from(">I", mp4, header_at)[0]
    return mp4[:ftyp_length] + _box(b"moov", mp4[header_at : header_at + header_length])


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _replace_box(mp4: bytes, at: int, box: bytes) -> bytes:
    length = struct.unpack_from(">I", mp4, at)[0]
    return mp4[:at] + box + mp4[at + length :]


def _read(mp4: bytearray, box: bytes, offset: int) -> int:
    number: int = struct.unpack_from(">I", mp4, mp4.index(box) + 4 + offset)[0]
    return number


def _write(mp4: bytearray, box: bytes, offset: int, *numbers: int) -> None:
    """Overwrite numbers in the first box of that kind, `offset` bytes behind its name."""
    struct.pack_into(f">{len(numbers)}I", mp4, mp4.index(box) + 4 + offset, *numbers)
