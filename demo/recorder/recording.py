"""Record a visit: the events that rrweb emits in the shop's frame, and the video of the tab around it.

stage.html (never navigates: getDisplayMedia, MediaRecorder)      -> video.webm
  └─ frame "shop" (navigates; rrweb is started in each document)   -> events.json
"""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, Playwright, ViewportSize, sync_playwright

from demo.recorder.visit import Visitor

HERE = Path(__file__).parent
VENDOR = HERE.parent / "vendor"
STAGE_PATH = "/stage"
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--auto-accept-this-tab-capture",
    "--autoplay-policy=no-user-gesture-required",
]
VIDEO_SETTINGS = {"mimeType": "video/webm;codecs=vp9,opus", "bitsPerSecond": 450_000, "framesPerSecond": 15}


@dataclass(frozen=True)
class Recorded:
    """`events`: the rrweb events, each as its JSON text, in order; `video`: as MediaRecorder made it."""

    events: list[str]
    video: bytes
    started_at: datetime
    ended_at: datetime


def record_visit(shop_url: str, *, headed: bool = False) -> Recorded:
    """Visit the shop in Debian's Chromium and return what was recorded.

    Raises:
        RuntimeError: there is no `chromium` on the path.
    """
    events: list[str] = []
    chunks: list[bytes] = []
    with sync_playwright() as playwright, _open_stage(playwright, shop_url, headed=headed) as page:
        page.expose_binding("playheadEvent", lambda _source, event: events.append(event))
        page.expose_binding("playheadVideo", lambda _source, chunk: chunks.append(base64.b64decode(chunk)))
        page.add_init_script(_rrweb_script())
        page.goto(shop_url + STAGE_PATH)
        started_ms = page.evaluate("(settings) => stage.start(settings)", VIDEO_SETTINGS)
        shop = page.frame("shop")
        if shop is None:
            raise RuntimeError("the stage has no frame for the shop")
        shop.goto(shop_url + "/")
        Visitor(page, shop).visit_shop()
        ended_ms = page.evaluate("() => stage.stop()")
    return Recorded(events, b"".join(chunks), _moment(started_ms), _moment(ended_ms))


@contextmanager
def _open_stage(playwright: Playwright, shop_url: str, *, headed: bool) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium is needed: install the package `chromium`.")
    browser = playwright.chromium.launch(executable_path=chromium, headless=not headed, args=CHROMIUM_FLAGS)
    try:
        page = browser.new_page(viewport=VIEWPORT)
        # The stage comes from the shop's own address, but is no part of the shop.
        page.route(shop_url + STAGE_PATH, lambda route: route.fulfill(path=HERE / "stage.html"))
        yield page
    finally:
        browser.close()


def _rrweb_script() -> str:
    files = [
        VENDOR / "record.umd.min.cjs",
        VENDOR / "rrweb-plugin-console-record.umd.min.cjs",
        HERE / "rrweb_start.js",
    ]
    return "\n;\n".join(file.read_text("utf-8") for file in files)


def _moment(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)
