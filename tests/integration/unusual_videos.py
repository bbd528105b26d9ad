"""Videos as browsers do send them, though not every day: with nothing in them, with one picture, with strange times."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from tests.media.ebml import CLUSTER
from tests.media.videos import make_browser_webm, make_mp4

THREE_HOURS_MS = 10_800_000
_CLUSTER_ID = CLUSTER.to_bytes(4, "big")
_FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"
#: How long every picture of a track stands, by the track itself: 3 bytes of id, a size of 4, a number.
_DEFAULT_DURATION_ID = b"\x23\xe3\x83\x84"
_VOID_OF_6_BYTES = b"\xec\x86" + bytes(6)
_HAS_SAMPLE_DURATION = 0x8


def recorder_webm(times_ms: Iterable[int] = range(0, 1000, 100), **changes: Any) -> bytes:
    """A WebM like MediaRecorder's: no duration, no cues, and no word of how long a picture stands."""
    webm = make_browser_webm(times_ms=tuple(times_ms), **{"audio": None, **changes})
    return webm.replace(webm[(at := webm.index(_DEFAULT_DURATION_ID)) : at + 8], _VOID_OF_6_BYTES)


def recorder_mp4(times_ms: Iterable[int] = range(0, 1000, 100), **changes: Any) -> bytes:
    """An MP4 like MediaRecorder's: fragments, and a table of contents with nothing in it."""
    plain = {"audio": None, "codec_options": {"bf": "0"}}
    return make_mp4(movflags=_FRAGMENTED, times_ms=tuple(times_ms), **{**plain, **changes})


def webm_header() -> bytes:
    """A WebM that ends where its first picture would begin."""
    webm = recorder_webm()
    return webm[: webm.index(_CLUSTER_ID)]


def webm_without_pictures() -> bytes:
    """A WebM that was stopped at once: its first cluster is open and empty."""
    webm = recorder_webm()
    return webm[: webm.index(_CLUSTER_ID) + 16]


def mp4_header() -> bytes:
    """A fragmented MP4 that ends where its first fragment would begin."""
    mp4 = recorder_mp4()
    return mp4[: mp4.index(b"moof") - 4]


def mp4_of_one_moment() -> bytes:
    """An MP4 with one picture that stands for no time at all."""
    mp4 = bytearray(recorder_mp4((0,)))
    header_at = mp4.index(b"tfhd") + 4
    flags: int = struct.unpack_from(">I", mp4, header_at)[0]
    assert flags & 0xFF == 0x38, "default duration, size and flags of the samples, and nothing before them"
    assert flags & _HAS_SAMPLE_DURATION
    struct.pack_into(">I", mp4, header_at + 8, 0)
    return bytes(mp4)
