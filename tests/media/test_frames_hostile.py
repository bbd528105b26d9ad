"""Videos that are cut, damaged, or made to hurt, looked at for their settled states."""

import io
import random
import struct
from collections.abc import Callable
from typing import get_args

import pytest

from shared.media.errors import MediaErrorCode, UnreadableMedia
from shared.media.frames import settled_frames
from tests.media import hostile
from tests.media.screens import make_screens
from tests.media.sources import FailingSource
from tests.media.videos import make_browser_webm, make_media, make_mp4

PAGES = [(0, 1), (2000, 2), (4000, 3)]
TIMES_MS = range(0, 6000, 40)


def _code_of(content: bytes) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        list(settled_frames(io.BytesIO(content)))
    return caught.value.code


def test_a_cut_webm_has_the_states_up_to_the_cut() -> None:
    video = make_screens(PAGES, TIMES_MS, options={"live": "1"})

    frames = list(settled_frames(io.BytesIO(video[: len(video) * 6 // 10])))

    assert 1 <= len(frames) < len(PAGES) + 1
    assert frames[0].timestamp_ms == 0


def test_a_cut_mp4_without_its_table_is_truncated() -> None:
    assert _code_of(make_mp4()[:-200]) == "truncated"


def test_sound_alone_has_no_states() -> None:
    assert _code_of(make_media("webm", video=None)) == "no_media_stream"


@pytest.mark.parametrize(("content", "code"), [(b"", "empty"), (b"<!doctype html>", "not_a_video")])
def test_what_is_no_video_is_called_that(content: bytes, code: str) -> None:
    assert _code_of(content) == code


@pytest.mark.parametrize(
    "make",
    [
        hostile.declare_many_samples,
        hostile.declare_many_fragment_samples,
        hostile.repeat_the_movie_by_edits,
        hostile.compress_a_large_header,
    ],
)
def test_a_small_file_that_promises_much_is_malformed(make: Callable[[], bytes]) -> None:
    assert _code_of(make()) == "malformed"


def test_pictures_larger_than_any_screen_are_not_decoded() -> None:
    video = bytearray(make_media("webm", video="libvpx", audio=None, times_ms=[0]))
    at = video.index(b"\x9d\x01\x2a") + 3
    struct.pack_into("<HH", video, at, 16_383, 16_383)

    assert _code_of(bytes(video)) == "malformed"


@pytest.mark.parametrize("seed", range(12))
def test_damaged_files_have_states_or_a_code(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice([make_mp4(), make_browser_webm()]))
    for _ in range(10):
        at = chance.choice([chance.randrange(1500), chance.randrange(len(content))])
        content[at : at + 4] = chance.randbytes(4)

    code = None
    try:
        list(settled_frames(io.BytesIO(bytes(content))))
    except UnreadableMedia as refusal:
        code = refusal.code

    assert code is None or code in get_args(MediaErrorCode)


def test_a_source_that_breaks_is_no_end_of_the_video() -> None:
    video = make_screens(PAGES, TIMES_MS)

    with pytest.raises(ConnectionResetError):
        list(settled_frames(FailingSource(video, len(video) // 2)))
