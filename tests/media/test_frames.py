"""Settled states of videos whose pages, and their times, are known."""

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.media.frames import SettledFrame, merge_chunks, settled_frames
from tests.media.screens import Draw, Pixels, blink_caret, make_screens, move_pointer, page, play_video

PAGES = [(0, 1), (2000, 2), (4500, 3), (7000, 1)]
STARTS_MS = [from_ms for from_ms, _ in PAGES]
CONSTANT_MS = range(0, 9000, 40)
# As a browser records: a picture only when something changes, and a few more.
VARIABLE_MS = [0, 33, 350, 2000, 2033, 4500, 4533, 4566, 7000, 7040, 7500]
FRAME_MS = 40
BROWSER = {"live": "1"}
FORMATS = [
    ("webm", "libvpx", BROWSER),
    ("webm", "libvpx-vp9", BROWSER),
    ("webm", "libsvtav1", {}),
    ("matroska", "libx264", {}),
    ("mp4", "libx264", {}),
    ("mov", "libx264", {}),
    ("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
]


def _find(video: bytes, *, from_ms: int = 0, to_ms: int | None = None) -> list[SettledFrame]:
    return list(settled_frames(io.BytesIO(video), from_ms=from_ms, to_ms=to_ms))


def _times(frames: Sequence[SettledFrame]) -> list[int]:
    return [frame.timestamp_ms for frame in frames]


@pytest.mark.parametrize(("container", "codec", "options"), FORMATS)
def test_each_page_is_found_at_its_time(container: str, codec: str, options: dict[str, str]) -> None:
    video = make_screens(PAGES, CONSTANT_MS, container=container, codec=codec, options=options)

    frames = _find(video)

    assert _times(frames) == pytest.approx(STARTS_MS, abs=FRAME_MS)
    for frame, (_, number) in zip(frames, PAGES, strict=True):
        shown = frame.picture.rgb()[:, :, 1].astype(int)
        assert np.abs(shown - page(number)).mean() < 20


@pytest.mark.parametrize(("container", "codec"), [("webm", "libvpx"), ("webm", "libvpx-vp9"), ("mp4", "libx264")])
def test_times_are_right_without_a_steady_frame_rate(container: str, codec: str) -> None:
    video = make_screens(PAGES, VARIABLE_MS, container=container, codec=codec)

    frames = _find(video)

    assert _times(frames) == pytest.approx(STARTS_MS, abs=1)


def test_a_state_knows_when_it_had_settled_and_how_much_had_changed() -> None:
    frames = _find(make_screens(PAGES, CONSTANT_MS))

    assert [frame.settled_ms for frame in frames] == pytest.approx([start + 700 for start in STARTS_MS], abs=FRAME_MS)
    assert frames[0].changed_share == 1
    assert all(0.1 < frame.changed_share < 0.9 for frame in frames[1:])


def test_a_page_that_does_not_stand_is_no_state() -> None:
    video = make_screens([(0, 1), (2000, 2), (2400, 3), (5000, 4), (5300, 3)], CONSTANT_MS)

    assert _times(_find(video)) == pytest.approx([0, 2400], abs=FRAME_MS)


@pytest.mark.parametrize("draw", [blink_caret, move_pointer])
def test_a_caret_and_a_pointer_make_no_states(draw: Draw) -> None:
    video = make_screens(PAGES, CONSTANT_MS, draw=[draw])

    assert _times(_find(video)) == pytest.approx(STARTS_MS, abs=500)


def test_a_check_mark_under_a_pointer_that_came_to_it_is_a_state() -> None:
    def tick(pixels: Pixels, at_ms: int) -> None:
        left = 16 if at_ms < 2000 else min(16 + (at_ms - 2000) // 2, 216)
        pixels[340:350, left : left + 8] = 0
        if at_ms >= 2500:
            pixels[336:354, 220:238] = 120

    video = make_screens([(0, 1)], range(0, 5000, 40), draw=[tick])

    assert _times(_find(video)) == pytest.approx([0, 2500], abs=120)


def test_a_video_that_never_settles_hides_nothing() -> None:
    pages = [(0, 1), (5000, 2), (10_000, 3)]
    video = make_screens(pages, range(0, 15_000, 40), draw=[play_video])

    frames = _find(video)

    assert _times(frames) == pytest.approx([0, 5000, 10_000], abs=FRAME_MS)


def test_the_last_picture_is_a_state_even_if_it_never_stood() -> None:
    video = make_screens([(0, 1), (2000, 2)], [*range(0, 2000, 40), 2000, 2040])

    frames = _find(video)

    assert _times(frames) == pytest.approx([0, 2000], abs=FRAME_MS)
    assert frames[-1].settled_ms is None


def test_a_single_picture_is_a_state() -> None:
    assert _times(_find(make_screens([(0, 1)], [0]))) == [0]


@example(stays_ms=[800, 800, 800], borders_ms=[2281], is_steady=False)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stays_ms=st.lists(st.integers(800, 4000), min_size=2, max_size=6),
    borders_ms=st.lists(st.integers(1, 20_000), max_size=3, unique=True).map(sorted),
    is_steady=st.booleans(),
)
def test_chunks_concatenate_to_the_whole(stays_ms: list[int], borders_ms: list[int], is_steady: bool) -> None:
    starts_ms = [sum(stays_ms[:index]) // 40 * 40 for index in range(len(stays_ms))]
    pages = [(start_ms, number) for number, start_ms in enumerate(starts_ms)]
    end_ms = sum(stays_ms)
    times_ms = list(range(0, end_ms, 40)) if is_steady else sorted({*starts_ms, *range(0, end_ms, 760)})
    video = make_screens(pages, times_ms, options=BROWSER)

    chunks = [
        _find(video, from_ms=from_ms, to_ms=to_ms)
        for from_ms, to_ms in zip([0, *borders_ms], [*borders_ms, None], strict=True)
    ]

    assert _times(merge_chunks(chunks)) == _times(_find(video))


@pytest.mark.parametrize(("container", "codec", "options"), FORMATS)
def test_chunks_can_be_had_of_every_format(container: str, codec: str, options: dict[str, str]) -> None:
    pages = [(start_ms, number) for number, start_ms in enumerate(range(0, 30_000, 3000))]
    video = make_screens(pages, range(0, 30_000, 100), container=container, codec=codec, options=options)

    chunks = [_find(video, to_ms=11_000), _find(video, from_ms=11_000, to_ms=22_000), _find(video, from_ms=22_000)]

    assert _times(merge_chunks(chunks)) == _times(_find(video)) == [start_ms for start_ms, _ in pages]
    assert all(3 <= len(chunk) <= 5 for chunk in chunks)


def test_a_chunk_begins_with_what_stands_at_its_start() -> None:
    video = make_screens(PAGES, CONSTANT_MS)

    assert _times(_find(video, from_ms=3000, to_ms=6000)) == pytest.approx([2000, 4500], abs=FRAME_MS)


def test_a_chunk_behind_the_end_adds_nothing() -> None:
    video = make_screens(PAGES, CONSTANT_MS)
    whole = _find(video)

    assert merge_chunks([whole, _find(video, from_ms=60_000)]) == whole


def test_progress_is_told_and_can_end_the_work() -> None:
    def stop() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        next(settled_frames(io.BytesIO(make_screens(PAGES, VARIABLE_MS)), on_progress=stop))
