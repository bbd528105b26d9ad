"""Reading the text of pages that Chromium draws, offline and each line once."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from shared.media.ocr import LineReader
from shared.media.ocr_engine import OcrEngine, packaged_models
from shared.media.ocr_picture import Picture, decode_png

ROOT = Path(__file__).resolve().parents[2]
FACE = '<style>body {margin: 24px; font: 16px/1.6 "Liberation Sans"; color: #1d2433; background: #fff}</style>'
STRINGS = (
    ("h1", "Quarterly report"),
    ("h2", "Open invoices"),
    ("p", "Everything was delivered on 14 March 2025."),
    ("p", "Your reference: KX-4471/B"),
    ("p", "maria.gonzalez@example.com"),
    ("p", "Total: $1,489.00 (incl. 20 % VAT)"),
    ("p", "Showing 9 of 120 products"),
    ("p", "Coupon could not be applied. Try again later."),
    ("small", "Last changed by Jo Ann Smith"),
    ("small", "Version 3.10.0, build 8812"),
    ("b", "Account password"),
    ("b", "Delivery address"),
    ("button", "Send request"),
    ("button", "Add to cart"),
    ("mark", "Confirm change"),
    ("mark", "Choose Professional"),
)
STYLED = FACE + (
    "<style>small {font-size: 13px} b, small, mark, button {display: block; margin: 6px 0; width: max-content}"
    "mark {background: #2b59c3; color: #fff; padding: 8px 16px}</style>"
)


class CountingEngine(OcrEngine):
    """The engine, and how many lines it has recognised."""

    def __init__(self) -> None:
        super().__init__(packaged_models())
        self.recognised = 0

    def recognise(self, crops: Sequence[Picture]) -> list[tuple[str, float]]:
        self.recognised += len(crops)
        return super().recognise(crops)


@pytest.fixture(scope="module")
def engine() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def reader(engine: CountingEngine) -> LineReader:
    engine.recognised = 0
    return LineReader(engine=lambda: engine)


def draw(chromium: Browser, html: str) -> Picture:
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    try:
        page.set_content(html)
        return decode_png(page.screenshot(animations="disabled", caret="hide"))
    finally:
        page.close()


def texts(reader: LineReader, picture: Picture) -> list[str]:
    return [line.text for line in reader.read(picture)]


def test_the_text_of_a_page_is_read_to_the_letter(chromium: Browser, reader: LineReader) -> None:
    page = draw(chromium, STYLED + "".join(f"<{tag}>{text}</{tag}>" for tag, text in STRINGS))

    read = texts(reader, page)

    exact = [text for _, text in STRINGS if text in read]
    assert len(exact) >= 0.93 * len(STRINGS), f"{read} misses {[text for _, text in STRINGS if text not in read]}"


def test_a_line_says_where_its_ink_is(chromium: Browser, reader: LineReader) -> None:
    place = "<p style='position: absolute; left: 200px; top: 300px; margin: 0; font-size: 20px; line-height: 24px'>"

    [line] = reader.read(draw(chromium, FACE + place + "Hello world</p>"))

    assert line.text == "Hello world"
    assert line.confidence > 0.9
    assert [line.box.x, line.box.y, line.box.width, line.box.height] == pytest.approx([202, 304, 102, 15], abs=5)


def test_lines_come_from_top_to_bottom_and_from_left_to_right(chromium: Browser, reader: LineReader) -> None:
    row = "<div style='display: flex; gap: 300px'><p>{}</p><p style='font-size: 20px'>{}</p></div>"

    read = texts(reader, draw(chromium, FACE + row.format("North", "East") + row.format("South", "West")))

    assert read == ["North", "East", "South", "West"]


def test_texts_that_stand_apart_are_lines_of_their_own(chromium: Browser, reader: LineReader) -> None:
    links = "".join(f"<a style='margin-right: 24px'>{name}</a>" for name in ("Products", "Pricing", "Contact"))

    assert texts(reader, draw(chromium, FACE + links)) == ["Products", "Pricing", "Contact"]


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_empty_picture_has_no_lines(reader: LineReader, shade: int) -> None:
    assert reader.read(np.full((720, 1280, 3), shade, np.uint8)) == []


def test_text_comes_in_its_compatibility_form(chromium: Browser) -> None:
    class FullWidthEngine(OcrEngine):
        def recognise(self, crops: Sequence[Picture]) -> list[tuple[str, float]]:
            return [("ＡＢＣ　①２３", 0.9)] * len(crops)

    wide = FullWidthEngine(packaged_models())

    read = texts(LineReader(engine=lambda: wide), draw(chromium, FACE + "<p>Anything</p>"))

    assert read == ["ABC 123"]


def test_a_line_is_recognised_once_wherever_it_stands(
    chromium: Browser, reader: LineReader, engine: CountingEngine
) -> None:
    buttons = "<p>Add to cart</p>" * 5

    first = texts(reader, draw(chromium, FACE + buttons))
    scrolled = texts(reader, draw(chromium, FACE + "<div style='height: 117px'></div>" + buttons))

    assert first == scrolled == ["Add to cart"] * 5
    assert engine.recognised == 1


def test_what_a_codec_does_to_a_line_does_not_make_it_new(
    chromium: Browser, reader: LineReader, engine: CountingEngine
) -> None:
    page = draw(chromium, STYLED + "".join(f"<{tag}>{text}</{tag}>" for tag, text in STRINGS))
    written = io.BytesIO()
    Image.fromarray(page[:, :, ::-1]).save(written, "JPEG", quality=92, subsampling=0)
    noisy = np.ascontiguousarray(np.asarray(Image.open(written))[:, :, ::-1])
    assert not np.array_equal(page, noisy)
    read = texts(reader, page)
    known = engine.recognised

    again = texts(reader, noisy)

    assert again == read
    assert engine.recognised - known <= 0.4 * known


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Total: $1,489.00", "Total: $1,480.00"),
        ("Page 1 of 7", "Page 7 of 1"),
        ("Paid: 1.500 dogs", "Paid: 1,500 dogs"),
        ("Cart 1", "Cart 2"),
    ],
)
def test_one_changed_letter_is_seen(chromium: Browser, reader: LineReader, before: str, after: str) -> None:
    pale = "<style>p {color: #999}</style>"
    texts(reader, draw(chromium, FACE + pale + f"<p>{before}</p>"))

    assert texts(reader, draw(chromium, FACE + pale + f"<p>{after}</p>")) == [after]


def test_a_table_of_many_short_numbers_keeps_each(chromium: Browser, reader: LineReader) -> None:
    numbers = [str(100 + 7 * number) for number in range(120)]
    cells = "".join(f"<span style='padding: 0 24px'>{number}</span>" for number in numbers)
    grid = f"<div style='display: grid; grid-template-columns: repeat(12, 1fr); width: 1200px'>{cells}</div>"

    read = texts(reader, draw(chromium, FACE + grid))

    assert len(read) == len(numbers)
    assert len(set(read) & set(numbers)) >= 0.93 * len(numbers)


def test_several_threads_read_as_one_does(chromium: Browser, reader: LineReader, engine: CountingEngine) -> None:
    pages = [draw(chromium, FACE + f"<h1>Page {number}</h1><p>Step {number} of 4</p>") for number in range(1, 5)]
    alone = [texts(LineReader(engine=lambda: engine), page) for page in pages]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda page: texts(reader, page), pages * 2))

    assert together == alone * 2


OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise ConnectionRefusedError(f"{event} {arguments}")
sys.addaudithook(refuse)
"""


def run_offline(program: str) -> subprocess.CompletedProcess[str]:
    command: list[Any] = [sys.executable, "-c", OFFLINE + program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_text_is_read_without_a_network(chromium: Browser, tmp_path: Path) -> None:
    np.save(tmp_path / "page.npy", draw(chromium, FACE + "<h1>Offline</h1>"))

    done = run_offline(
        "import numpy\n"
        "from shared.media.ocr import LineReader\n"
        f"print([line.text for line in LineReader().read(numpy.load({str(tmp_path / 'page.npy')!r}))])"
    )

    assert done.stdout.strip() == "['Offline']", done.stderr


def test_missing_models_are_an_error_and_never_fetched(tmp_path: Path) -> None:
    done = run_offline(
        f"from pathlib import Path\nfrom shared.media.ocr_engine import OcrEngine\nOcrEngine(Path({str(tmp_path)!r}))"
    )

    assert re.search(r"FileNotFoundError: .*PP-OCRv6_det_small\.onnx", done.stderr)
    assert "ConnectionRefusedError" not in done.stderr
    assert list(tmp_path.iterdir()) == []
