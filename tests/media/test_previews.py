"""Posters and storyboards show what was on screen at the time that they say."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import psutil
import pytest
from PIL import Image

from shared.media.errors import UnreadableMedia
from shared.media.previews import Storyboard, write_poster, write_storyboard
from shared.media.remux import remux
from tests.media.videos import HEIGHT, WIDTH, grey_of, make_browser_webm, make_mp4

# moviepy warns of each picture that it could not read, and then raises.
pytestmark = pytest.mark.filterwarnings("ignore:In file .* bytes wanted:UserWarning")

STEADY_MS = tuple(range(0, 3000, 100))
UNSTEADY_MS = (0, 40, 80, 1200, 1240, 2900, 5000, 9000, 9040)


@pytest.fixture(autouse=True)
def _no_ffmpeg_survives() -> Iterator[None]:
    yield
    assert [child.name() for child in psutil.Process().children() if "ffmpeg" in child.name()] == []


def _remuxed(content: bytes, target: Path) -> Path:
    remux(io.BytesIO(content), target, on_progress=lambda: None)
    return target


def _grey_at(image: Image.Image, x: int, y: int) -> int:
    pixel = image.convert("L").getpixel((x, y))
    assert isinstance(pixel, int)
    return pixel


def _tile_greys(storyboard: Storyboard, sheet: Path) -> list[int]:
    with Image.open(sheet) as image:
        return [
            _grey_at(
                image,
                (tile % storyboard.columns) * storyboard.tile_width + storyboard.tile_width // 2,
                (tile // storyboard.columns) * storyboard.tile_height + storyboard.tile_height // 2,
            )
            for tile in range(len(storyboard.times_ms))
        ]


def _on_screen(times_ms: tuple[int, ...], at_ms: int) -> int:
    """Return the number of the picture that is shown at that time."""
    return max(number for number, shown_ms in enumerate(times_ms) if shown_ms <= at_ms)


@pytest.mark.parametrize(
    ("make", "name", "pictures_ms"),
    [
        (lambda: make_browser_webm(), "video.webm", STEADY_MS),
        (lambda: make_browser_webm(times_ms=UNSTEADY_MS, audio=None), "video.webm", UNSTEADY_MS),
        (lambda: make_browser_webm(times_ms=(0, 1000, 10_800_000), audio=None), "video.webm", (0, 1000, 10_800_000)),
        (lambda: make_mp4(codec_options={"bf": "3"}), "video.mp4", STEADY_MS),
        (lambda: make_browser_webm(times_ms=(0, 30, 60), audio=None), "video.webm", (0, 30, 60)),
    ],
    ids=["steady", "unsteady", "three hours", "reordered", "shorter than a blink"],
)  # fmt: skip
def test_each_tile_is_the_picture_of_its_time(
    tmp_path: Path, make: Callable[[], bytes], name: str, pictures_ms: tuple[int, ...]
) -> None:
    video = _remuxed(make(), tmp_path / name)

    storyboard = write_storyboard(video, tmp_path / "sheet.jpg")

    expected = [grey_of(_on_screen(pictures_ms, at_ms)) for at_ms in storyboard.times_ms]
    assert _tile_greys(storyboard, tmp_path / "sheet.jpg") == pytest.approx(expected, abs=4)
    assert len(storyboard.times_ms) == 9


@pytest.mark.parametrize(("tiles", "columns", "rows"), [(9, 3, 3), (10, 4, 3), (1, 1, 1)])
def test_the_sheet_has_the_geometry_that_it_says(tmp_path: Path, tiles: int, columns: int, rows: int) -> None:
    video = _remuxed(make_browser_webm(), tmp_path / "video.webm")

    storyboard = write_storyboard(video, tmp_path / "sheet.jpg", tiles=tiles)

    assert (storyboard.columns, storyboard.rows) == (columns, rows)
    with Image.open(tmp_path / "sheet.jpg") as image:
        assert image.size == (columns * storyboard.tile_width, rows * storyboard.tile_height)


def test_tiles_are_evenly_spaced_and_inside_the_video(tmp_path: Path) -> None:
    video = _remuxed(make_mp4(), tmp_path / "video.mp4")

    storyboard = write_storyboard(video, tmp_path / "sheet.jpg", tiles=3)

    assert storyboard.times_ms == pytest.approx((500, 1500, 2500), abs=20)


def test_a_poster_is_of_the_moment_that_was_asked_for(tmp_path: Path) -> None:
    video = _remuxed(make_browser_webm(), tmp_path / "video.webm")

    poster = write_poster(video, tmp_path / "poster.jpg", at_ms=1250)

    assert poster.at_ms == 1250
    with Image.open(tmp_path / "poster.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (poster.width, poster.height))
        assert _grey_at(image, 10, 10) == pytest.approx(grey_of(12), abs=4)


def test_a_poster_is_not_blank_when_the_video_shows_something_later(tmp_path: Path) -> None:
    video = _remuxed(make_browser_webm(striped_from=12), tmp_path / "video.webm")

    poster = write_poster(video, tmp_path / "poster.jpg")

    assert not poster.is_blank
    assert poster.at_ms >= 1200


def test_a_poster_of_a_blank_video_says_so(tmp_path: Path) -> None:
    video = _remuxed(make_browser_webm(), tmp_path / "video.webm")

    assert write_poster(video, tmp_path / "poster.jpg").is_blank


@pytest.mark.parametrize(
    ("width", "height", "poster_size"),
    [(WIDTH, HEIGHT, (96, 64)), (1280, 720, (640, 360)), (64, 1600, (51, 1280))],
    ids=["small", "wide", "tall"],
)
def test_a_poster_is_at_most_640_wide_and_never_enlarged(
    tmp_path: Path, width: int, height: int, poster_size: tuple[int, int]
) -> None:
    webm = make_browser_webm(times_ms=(0, 100), audio=None, width=width, height=height)
    video = _remuxed(webm, tmp_path / "video.webm")

    poster = write_poster(video, tmp_path / "poster.jpg")

    assert (poster.width, poster.height) == poster_size


def test_a_video_that_was_filmed_upright_stays_upright(tmp_path: Path) -> None:
    video = _remuxed(make_mp4("mov", rotation=90), tmp_path / "video.mp4")

    poster = write_poster(video, tmp_path / "poster.jpg")

    assert (poster.width, poster.height) == (HEIGHT, WIDTH)


def test_sound_alone_has_no_pictures(tmp_path: Path) -> None:
    sound = _remuxed(make_browser_webm(video=None), tmp_path / "sound.webm")

    with pytest.raises(UnreadableMedia) as caught:
        write_poster(sound, tmp_path / "poster.jpg")

    assert caught.value.code == "no_media_stream"


def test_pictures_that_cannot_be_decoded_are_malformed(tmp_path: Path) -> None:
    head, name, rest = make_mp4(audio=None).partition(b"mdat")
    media_bytes = rest.index(b"moov") - 4
    spoilt = head + name + b"\x55" * media_bytes + rest[media_bytes:]
    video = _remuxed(spoilt, tmp_path / "video.mp4")

    with pytest.raises(UnreadableMedia) as caught:
        write_poster(video, tmp_path / "poster.jpg")

    assert caught.value.code == "malformed"


def test_a_picture_that_cannot_be_decoded_is_a_dark_tile_and_no_repetition(tmp_path: Path) -> None:
    mp4 = make_mp4(audio=None)
    with av.open(io.BytesIO(mp4), "r") as container:
        places = [(packet.pos or 0, packet.size) for packet in container.demux(video=0) if packet.size]
    spoilt = bytearray(mp4)
    for position, size in places[20:]:
        spoilt[position : position + size] = b"\x55" * size
    video = _remuxed(bytes(spoilt), tmp_path / "video.mp4")

    storyboard = write_storyboard(video, tmp_path / "sheet.jpg", tiles=3)

    assert _tile_greys(storyboard, tmp_path / "sheet.jpg") == pytest.approx([grey_of(5), grey_of(15), 48], abs=4)


def test_a_deadline_ends_the_decoding(tmp_path: Path) -> None:
    video = _remuxed(make_browser_webm(), tmp_path / "video.webm")

    with pytest.raises(TimeoutError):
        write_storyboard(video, tmp_path / "sheet.jpg", tiles=100, deadline_s=0.05)

    assert not (tmp_path / "sheet.jpg").exists()
