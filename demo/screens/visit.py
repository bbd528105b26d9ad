"""What the visitor of Nightwatch does, and when each screen had come to rest."""

import time
from dataclasses import dataclass

from playwright.sync_api import Frame, Locator, Page

_MOVE_STEPS = 12
_MOVE_PAUSE_MS = 16
_TYPE_PAUSE_MS = 60
_READ_MS = 1400
_SETTLED = """() => new Promise((resolve) => {
  const look = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    const isMoving = document.getAnimations().some((one) => one.effect.getComputedTiming().endTime !== Infinity);
    if (isMoving) look(); else resolve(Date.now());
  }));
  look();
})"""


@dataclass(frozen=True)
class Seen:
    """A screen at rest: seen from `from_epoch_ms` until the visitor moved on at `until_epoch_ms`."""

    name: str
    from_epoch_ms: int
    until_epoch_ms: int


class Observer:
    """A hand on the mouse and the keyboard of Nightwatch."""

    def __init__(self, page: Page, app: Frame) -> None:
        self.seen: list[Seen] = []
        self._page = page
        self._app = app
        self._x, self._y = 640.0, 640.0

    def visit(self) -> None:
        """Plan a target, expose, write the journal, and look after the site."""
        self._plan_a_target()
        self._expose()
        self._write_the_journal()
        self._look_after_the_site()

    def _plan_a_target(self) -> None:
        self._see("tonight", self._app.locator("#targets"))
        self._scroll(320)
        self._see("tonight-scrolled", self._app.locator("#targets"))
        self._click("[data-kind=galaxy]")
        self._see("galaxies", self._app.locator("[data-kind=galaxy].on"))
        self._click("text=M 51 Whirlpool")
        self._see("panel", self._app.locator("#panel.open"))
        self._click("summary")
        self._see("ephemeris", self._app.locator("details[open]"))
        self._click("#plan")
        self._see("toast", self._app.locator("#toast.shown"))
        self._app.locator("#toast:not(.shown)").wait_for(state="attached")
        self._see("toast-gone", self._app.locator("#panel.open"))
        self._click("#close")
        self._see("panel-closed", self._app.locator("[data-kind=galaxy].on"))

    def _expose(self) -> None:
        self._click("[data-view=telescope]")
        self._see("telescope", self._app.locator("#sky"))
        self._click(".switch span")
        self._see("tracking", self._app.locator("#sky"))
        self._click("#filter")
        self._see("filter-menu", self._app.locator("#filters"))
        self._click("text=Hydrogen alpha")
        self._see("hydrogen", self._app.locator("#sky"))
        self._click("#expose")
        self._see("exposing", self._app.locator("#exposing .spinner"))
        self._click("#expose")
        self._see("stop-dialog", self._app.locator("dialog[open]"))
        self._click("#keep")
        self._see("exposing-on", self._app.locator("#exposing .spinner"))

    def _write_the_journal(self) -> None:
        self._click("[data-view=journal]")
        self._see("journal", self._app.locator("#note"))
        self._type("[name=title]", "First light with the new corrector")
        self._see("title-typed", self._app.locator("#note"))
        self._type("[name=seeing]", "excellent")
        self._see("seeing-typed", self._app.locator("#note"))
        self._click("#note button")
        self._see("seeing-refused", self._app.locator("#error", has_text="number"))
        self._type("[name=seeing]", "4")
        self._see("seeing-corrected", self._app.locator("#note"))
        self._click("#note button")
        self._see("entry-saved", self._app.locator("#entries li", has_text="First light"))

    def _look_after_the_site(self) -> None:
        self._click("[data-view=site]")
        self._see("weather", self._app.locator("#weather"))
        self._click("[data-tab=power]")
        self._see("power", self._app.locator("#power"))
        self._click("#heater")
        self._see("heater-on", self._app.locator("#power"))

    def _see(self, name: str, sign: Locator) -> None:
        """Wait for the screen to come to rest, and read it."""
        sign.wait_for()
        from_epoch_ms: int = self._app.evaluate(_SETTLED)
        self._page.wait_for_timeout(_READ_MS)
        self.seen.append(Seen(name, from_epoch_ms, round(time.time() * 1000)))

    def _scroll(self, by_px: int) -> None:
        self._page.mouse.move(self._x, self._y)
        for _ in range(8):
            self._page.mouse.wheel(0, by_px / 8)
            self._page.wait_for_timeout(40)
        self._page.wait_for_timeout(200)

    def _type(self, selector: str, text: str) -> None:
        self._click(selector)
        self._page.keyboard.press("ControlOrMeta+a")
        self._page.keyboard.type(text, delay=_TYPE_PAUSE_MS)

    def _click(self, selector: str) -> None:
        box = self._app.locator(selector).first.bounding_box()
        if box is None:
            raise RuntimeError(f"{selector} is not on the page")
        self._move(box["x"] + min(box["width"] / 2, 120), box["y"] + box["height"] / 2)
        self._page.mouse.down()
        self._page.mouse.up()

    def _move(self, x: float, y: float) -> None:
        from_x, from_y = self._x, self._y
        for step in range(1, _MOVE_STEPS + 1):
            self._x = from_x + (x - from_x) * step / _MOVE_STEPS
            self._y = from_y + (y - from_y) * step / _MOVE_STEPS
            self._page.mouse.move(self._x, self._y)
            self._page.wait_for_timeout(_MOVE_PAUSE_MS)
