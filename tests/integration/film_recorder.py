"""Record a page as its user's browser would: Chromium, getDisplayMedia, MediaRecorder, and the page's own log.

The tab that is recorded shows the site in a frame that fills it, as a tab's capture ends with its document.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Frame, Page, sync_playwright

from demo.recorder import recording as demo_recorder
from demo.recorder.recording import CHROMIUM_FLAGS, STAGE_PATH, VIDEO_SETTINGS, VIEWPORT

Visit = Callable[[Page, Frame], None]

STAGE = demo_recorder.HERE / "stage.html"
#: A screen that stands at least this long is surely a state of the recording,
CERTAIN_MS = 1200
#: one that stands shorter than this surely is none, and what lies between may be one.
POSSIBLE_MS = 300
#: How far a picture's time and the clock of the page may be apart.
CLOCK_MS = 500

#: Tells of every change what can be read in the part of the page that can be seen.
_LOG = """
if (window.parent !== window && location.protocol.startsWith("http")) {
  const seen = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [], range = document.createRange();
    while (walker.nextNode()) {
      range.selectNodeContents(walker.currentNode);
      const box = range.getBoundingClientRect();
      if (box.height && box.bottom <= innerHeight) texts.push(walker.currentNode.data);
    }
    const fields = [...document.querySelectorAll("input")].map((field) => field.value);
    return [...texts, ...fields].join(" ");
  };
  const tell = () => document.body && window.filmState(JSON.stringify({ at: Date.now(), text: seen() }));
  new MutationObserver(tell).observe(document, { subtree: true, childList: true, characterData: true });
  addEventListener("load", tell);
  addEventListener("input", tell);
}
"""


@dataclass(frozen=True)
class State:
    """What could be read from `from_ms` until `until_ms`, in milliseconds of the video, as the page tells it."""

    from_ms: int
    until_ms: int
    text: str

    @property
    def is_certain(self) -> bool:
        return self.until_ms - self.from_ms >= CERTAIN_MS

    def holds(self, at_ms: int) -> bool:
        """Whether a picture of that time may show this state."""
        return self.from_ms - CLOCK_MS <= at_ms < self.until_ms

    def share_in(self, words: str) -> float:
        """How much of what could be read is among these words."""
        wanted = set(_words(self.text))
        return len(wanted & set(_words(words))) / max(1, len(wanted))


@dataclass(frozen=True)
class Recorded:
    """The file as MediaRecorder has made it, and the page's own log."""

    video: bytes
    states: list[State]


def record_tab(url: str, visit: Visit) -> Recorded:
    """Open the URL, record the tab while it is visited, and return the file and the log."""
    chunks: list[bytes] = []
    log: list[tuple[int, str]] = []

    def note(entry: str) -> None:
        told = json.loads(entry)
        log.append((told["at"], " ".join(told["text"].split())))

    origin = url.rpartition("/")[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport=VIEWPORT)
        page.route(origin + STAGE_PATH, lambda route: route.fulfill(path=STAGE))
        page.expose_binding("playheadVideo", lambda _, chunk: chunks.append(base64.b64decode(chunk)))
        page.expose_binding("filmState", lambda _, entry: note(entry))
        page.add_init_script(_LOG)
        page.goto(origin + STAGE_PATH)
        frame = page.frame("shop")
        assert frame is not None
        frame.goto(url)
        started_ms = page.evaluate("(settings) => stage.start(settings)", VIDEO_SETTINGS)
        visit(page, frame)
        ended_ms = page.evaluate("() => stage.stop()")
        browser.close()
    return Recorded(b"".join(chunks), _states(log, started_ms, ended_ms))


def _states(log: list[tuple[int, str]], started_ms: int, ended_ms: int) -> list[State]:
    changes = [entry for before, entry in pairwise([(0, ""), *sorted(log)]) if before[1] != entry[1]]
    ends = [at for at, _ in changes[1:]] + [ended_ms]
    states = [
        State(max(0, at - started_ms), end - started_ms, text) for (at, text), end in zip(changes, ends, strict=True)
    ]
    return [state for state in states if state.until_ms - state.from_ms >= POSSIBLE_MS]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{4,}", text.lower())
