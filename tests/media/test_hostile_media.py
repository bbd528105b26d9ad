"""Nobody can make the probe read other files, hang, or take much memory."""

import io
import random
import resource
import socket
import struct
import zipfile
from collections.abc import Callable
from typing import get_args

import pytest

from shared.media.errors import MediaErrorCode, UnreadableMedia
from shared.media.probe import probe
from tests.media import hostile
from tests.media.videos import make_browser_webm, make_media, make_mp4

MAX_GROWTH_KB = 150 * 1024
DAY_MS = 24 * 3600 * 1000
WHOLE_FILES = (make_mp4(), make_browser_webm())


def _code_of(content: bytes) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        probe(io.BytesIO(content))
    return caught.value.code


def _zip_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("video.webm", bytes(50_000_000))
    return target.getvalue()


HEIC = struct.pack(">I4s4sI4s", 20, b"ftyp", b"heic", 0, b"mif1") + struct.pack(">I4s", 8, b"meta")


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        b"<!doctype html><title>no video</title>",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\x1a\x45\xdf\xa3" + b"webm" * 100,
        b"\0\0\0\x08ftyp" + bytes(100),
        HEIC,
        random.Random(1).randbytes(200_000),
        _zip_bomb(),
        b"\0",
    ],
    ids=[
        "hls", "ffconcat", "sdp", "html", "wav", "ebml-like", "ftyp-like", "heic", "random", "zip-bomb", "one-byte",
    ],
)  # fmt: skip
def test_what_is_no_video_is_called_that(content: bytes) -> None:
    assert _code_of(content) == "not_a_video"


def test_a_playlist_with_an_address_connects_to_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/first.ts"
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n"

        assert _code_of(playlist.encode()) == "not_a_video"

        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "make",
    [
        hostile.declare_many_samples,
        hostile.declare_many_samples_in_a_long_box,
        hostile.declare_many_fragment_samples,
        hostile.repeat_the_movie_by_edits,
        hostile.repeat_the_bytes,
        hostile.compress_a_large_header,
    ],
)
def test_a_small_file_that_promises_much_is_refused_without_taking_memory(make: Callable[[], bytes]) -> None:
    content = make()
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert _code_of(content) == "malformed"

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_kb < MAX_GROWTH_KB


def test_timestamps_that_span_more_than_a_day_are_malformed() -> None:
    webm = make_browser_webm(times_ms=(0, 1000, 25 * 3600 * 1000), audio=None)

    assert _code_of(webm) == "malformed"


def test_more_uncompressed_sound_than_the_limit_of_samples_is_not_taken_for_an_attack() -> None:
    mov = make_media("mov", video="libx264", audio="pcm_s16le", times_ms=(0, 69_000), audio_ms=(0, 70_000))

    facts = probe(io.BytesIO(mov))

    assert facts.duration_ms == pytest.approx(70_000, abs=200)


@pytest.mark.parametrize("seed", range(25))
def test_damaged_files_are_either_measured_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice(WHOLE_FILES))
    for _ in range(10):
        at = chance.choice([chance.randrange(1500), chance.randrange(len(content))])
        content[at : at + 4] = chance.randbytes(4)

    code, duration_ms = None, 0
    try:
        duration_ms = probe(io.BytesIO(bytes(content))).duration_ms
    except UnreadableMedia as refusal:
        code = refusal.code

    assert code is None or code in get_args(MediaErrorCode)
    assert 0 <= duration_ms <= DAY_MS
