"""The lines on the frames of a recording: read in shards, right to the letter in spite of the codec, each once."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser

from functions.steps.extract_frames import steps_extract_frames
from functions.steps.read_screens import steps_read_screens
from functions.steps.select_frames import steps_select_frames
from shared.edge.declarations import declaration_of
from shared.edge.lease import Attempt
from shared.evidence.screens import Screen
from shared.media import ocr_engine
from shared.media.ocr_engine import OcrEngine, packaged_models
from shared.media.ocr_picture import Picture
from shared.recordings.codec import to_plain
from shared.recordings.handover import KeptFrame
from shared.recordings.outcomes import Done, FanOut, LeaseLost, Permanent, Skipped
from tests.integration.film_videos import text
from tests.media.frame_steps import FrameSteps

MOST_OF_A_SHARD = 8
WIDTH, HEIGHT = 1280, 720
FACE = '<style>body {margin: 32px; font: 16px/1.7 "Liberation Sans"; color: #1d2433; background: #f4f6fb}</style>'
STYLE = (
    "<style>nav {background: #14213d; color: #c9d3ea; padding: 14px; margin: -32px -32px 24px}"
    "nav span {margin-right: 24px} mark {background: #fca311; color: #14213d; font: bold 13px 'Liberation Sans';"
    "padding: 1px 8px; border-radius: 10px; margin-left: 6px} small {font-size: 13px; display: block}"
    "button {font: 15px 'Liberation Sans'; background: #2b59c3; color: #fff; border: 0; border-radius: 6px;"
    "padding: 10px 16px} em {color: #c1121f; font-style: normal}</style>"
)
STRINGS = (
    ("h2", "Your order no. 48213"),
    ("p", "Everything your team needs, delivered tomorrow."),
    ("p", "maria.gonzalez@example.com"),
    ("p", "Subtotal $1,287.50, delivery included"),
    ("p", "Unlimited users and 1 TB of storage"),
    ("em", "Please enter a valid email address."),
    ("small", "Free delivery, 30 day returns"),
    ("small", "Changed on 3 May 2026 at 14:07"),
    ("button", "Confirm change"),
)
#: What the badge in the bar says, and the headline, one screen after the other.
SCREENS = {"0": "Choose your plan", "1": "Invite your colleagues", "2": "Check and confirm"}


class CountingEngine(OcrEngine):
    """The engine, and how many pictures and lines it was given."""

    def __init__(self) -> None:
        super().__init__(packaged_models())
        self.pictures = self.lines = 0

    def detect(self, picture: Picture) -> NDArray[np.int32]:
        self.pictures += 1
        return super().detect(picture)

    def recognise(self, crops: Sequence[Picture]) -> list[tuple[str, float]]:
        self.lines += len(crops)
        return super().recognise(crops)


@pytest.fixture(scope="module")
def loaded() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def engine(loaded: CountingEngine, monkeypatch: pytest.MonkeyPatch) -> CountingEngine:
    """The engine of the process, which has counted nothing yet."""
    monkeypatch.setattr(ocr_engine, "_loaded", [loaded])
    loaded.pictures = loaded.lines = 0
    return loaded


def png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def keep(steps: FrameSteps, pictures: Sequence[bytes]) -> None:
    """Let these frames have been selected, one a second."""
    frames = []
    for number, content in enumerate(pictures):
        picture = steps.save("extract_frames", f"{number}.frame.png", content)
        frames.append(KeptFrame(id=f"frm_{number:08}", timestamp_ms=1000 * number, picture=picture, thumbnail=picture))
    steps.end("select_frames", Done(result={"frames": [to_plain(frame) for frame in frames], "duration_ms": 60_000}))


def steps_with(*pictures: bytes) -> FrameSteps:
    steps = FrameSteps()
    keep(steps, pictures)
    return steps


def texts_of(screen: Screen) -> list[str]:
    return [line.text for line in screen.lines]


def film(chromium: Browser) -> bytes:
    """A recording of three screens as a browser makes it, at a modest bitrate."""
    page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    body = "".join(f"<{tag}>{words}</{tag}>" for tag, words in STRINGS)
    shots = []
    for badge, headline in SCREENS.items():
        bar = f"<nav><span>Products</span><span>Cart<mark>{badge}</mark></span></nav>"
        page.set_content(f"{FACE}{STYLE}{bar}<h1>{headline}</h1>{body}")
        shots.append(np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB")))
    page.close()
    target = BytesIO()
    with av.open(target, "w", format="webm", options={"live": "1"}) as output:
        track = output.add_stream("libvpx", rate=10, options={"deadline": "realtime", "cpu-used": "8", "b": "1M"})
        assert isinstance(track, VideoStream)
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        track.codec_context.time_base = Fraction(1, 1000)
        for at_ms in range(0, 2000 * len(shots), 200):
            frame = av.VideoFrame.from_ndarray(shots[at_ms // 2000], format="rgb24")
            frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
    return target.getvalue()


def test_the_text_of_a_recording_is_read_to_the_letter(chromium: Browser) -> None:
    steps = FrameSteps()
    steps.pin(film(chromium))

    steps.do_all(steps_extract_frames, steps_select_frames, steps_read_screens)

    screens = steps.screens()
    assert [screen.timestamp_ms for screen in screens] == pytest.approx([0, 2000, 4000], abs=200)
    assert [screen.frame_id for screen in screens] == [frame.id for frame in steps.frames()]
    expected = [(screen, words) for screen in screens for _, words in STRINGS]
    missed = [(texts_of(screen), words) for screen, words in expected if words not in texts_of(screen)]
    assert len(missed) <= 0.07 * len(expected), missed
    for screen, (badge, headline) in zip(screens, SCREENS.items(), strict=True):
        assert {f"Cart {badge}", headline} <= set(texts_of(screen))


#: Ground, words, badge and what is on it.
THEMES = (
    ("#14213d", "#c9d3ea", "#fca311", "#14213d"),
    ("#ffffff", "#1d2433", "#d62828", "#ffffff"),
    ("#2b59c3", "#ffffff", "#ffffff", "#2b59c3"),
    ("#f4f6fb", "#1d2433", "#1d2433", "#f4f6fb"),
)
COUNTS = ("0", "1", "3", "8", "12", "99+")


def test_what_stands_on_a_badge_is_not_mixed_up_with_it(chromium: Browser, engine: CountingEngine) -> None:
    page = chromium.new_page(viewport={"width": 640, "height": 480})
    shots = []
    for ground, words, badge, digits in THEMES:
        colours = f"p {{background: {ground}; color: {words}}} mark {{background: {badge}; color: {digits}}}"
        lines = "".join(f"<p style='padding: 14px'>Inbox<mark>{count}</mark></p>" for count in COUNTS)
        page.set_content(f"{FACE}{STYLE}<style>{colours}</style>{lines}")
        shots.append(page.screenshot())
    page.close()
    steps = steps_with(*shots)

    steps.do(steps_read_screens)

    read = [set(" ".join(texts_of(screen)).split()) for screen in steps.screens()]
    assert len(read) == len(THEMES)
    assert set().union(*read) <= {"Inbox", *COUNTS, *(f"Inbox{count}" for count in COUNTS)}, "none is read wrong"
    assert sum(count in words for words in read for count in COUNTS) >= 0.8 * len(THEMES) * len(COUNTS)


def test_a_line_says_where_it_is_and_how_sure_that_is(engine: CountingEngine) -> None:
    steps = steps_with(png(text("Fernway")))

    steps.do(steps_read_screens)

    [screen] = steps.screens()
    [line] = screen.lines
    assert line.text == "Fernway"
    assert line.confidence > 0.9
    assert (line.box.x, line.box.y) == pytest.approx((44, 49), abs=8)


@pytest.mark.parametrize("count", [1, 8, 9, 17, 60])
def test_the_frames_are_shared_out_evenly_and_in_their_order(count: int) -> None:
    steps = steps_with(*[b"not looked at"] * count)
    declared = declaration_of(steps_read_screens)

    outcome = declared.handler(work=steps.attempt("read_screens"), media=steps.world.media)

    assert isinstance(outcome, FanOut)
    shares = [range(shard["first"], shard["end"]) for shard in outcome.shards]
    assert [number for share in shares for number in share] == list(range(count))
    assert max(map(len, shares)) <= MOST_OF_A_SHARD
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_line_is_recognised_once_in_a_recording_whichever_task_reads_it(engine: CountingEngine) -> None:
    slide = png(text("Fernway"))
    steps = steps_with(*[slide] * (MOST_OF_A_SHARD + 1))

    steps.do(steps_read_screens)

    assert len(steps.shards_of("read_screens")) == 2
    assert [texts_of(screen) for screen in steps.screens()] == [["Fernway"]] * (MOST_OF_A_SHARD + 1)
    assert (engine.pictures, engine.lines) == (MOST_OF_A_SHARD + 1, 1)


def test_a_single_letter_is_the_pointer_and_a_single_digit_is_text(engine: CountingEngine) -> None:
    steps = steps_with(png(text("A", "7", "Fernway")))

    steps.do(steps_read_screens)

    assert texts_of(steps.screens()[0]) == ["7", "Fernway"]


def test_a_frame_that_cannot_be_read_says_why_and_the_others_count(engine: CountingEngine) -> None:
    steps = steps_with(png(text("Fernway")), b"no picture", png(text("Harbour")))

    steps.do(steps_read_screens)

    assert [(texts_of(screen), screen.error) for screen in steps.screens()] == [
        (["Fernway"], None),
        ([], "The picture is not a PNG."),
        (["Harbour"], None),
    ]
    assert steps.shards_of("read_screens")[0].record.detail == "2/3 frames"


def test_when_no_frame_can_be_read_the_step_fails_for_good() -> None:
    steps = steps_with(b"no picture", b"none either")

    with pytest.raises(Permanent, match=r"None of the frames could be read: The picture is not a PNG\.") as failure:
        steps.do(steps_read_screens)

    assert failure.value.failure.code == "no_frame_read"


def test_without_frames_there_is_nothing_to_read() -> None:
    steps = FrameSteps()
    steps.end("select_frames", Skipped(detail="The file has no pictures."))

    assert steps.do(steps_read_screens) == Skipped(detail="There are no frames to read.")


def test_work_that_was_lost_stops_between_two_frames(engine: CountingEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = steps_with(*[png(text("Fernway"))] * 3)
    work = steps.attempt("read_screens", 0, {"first": 0, "end": 3})
    told: list[str] = []

    def report(attempt: Attempt, detail: str) -> None:
        told.append(detail)
        if len(told) == 2:
            attempt.lose()
        attempt.check()

    monkeypatch.setattr(Attempt, "report", report)

    with pytest.raises(LeaseLost):
        declaration_of(steps_read_screens).handler(work=work, media=steps.world.media)

    assert told == ["0/3 frames", "1/3 frames"]
    assert engine.pictures == 1


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1, 1), (3000, 4), (10, 16_000)])
def test_an_empty_picture_of_any_shape_was_read_and_has_no_lines(
    width: int, height: int, engine: CountingEngine
) -> None:
    steps = steps_with(png(Image.new("RGB", (width, height), "white")))

    steps.do(steps_read_screens)

    assert [(screen.lines, screen.error) for screen in steps.screens()] == [((), None)]


def test_small_letters_on_a_large_screen_are_found(chromium: Browser, engine: CountingEngine) -> None:
    page = chromium.new_page(viewport={"width": 2560, "height": 1440})
    cells = "".join(f"<p>Row {number} was saved</p>" for number in range(100, 160))
    page.set_content(f"{FACE}<div style='columns: 4; font-size: 14px'>{cells}</div>")
    steps = steps_with(page.screenshot())
    page.close()

    steps.do(steps_read_screens)

    expected = {f"Row {number} was saved" for number in range(100, 160)}
    assert len(expected & set(texts_of(steps.screens()[0]))) >= 0.93 * len(expected)
