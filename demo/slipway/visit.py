"""What the foreman of the boatyard does, and how long each screen is looked at."""

from playwright.sync_api import Frame, Locator, Page

from demo.recorder.visit import Visitor

_DRAG_STEPS = 30
_DRAG_PAUSE_MS = 20
_WHEEL_STEPS = 6
_WHEEL_PAUSE_MS = 40
_ARRIVAL_TIMEOUT_MS = 10_000


class Foreman(Visitor):
    """A hand on the mouse and the keyboard of Slipway."""

    def __init__(self, page: Page, app: Frame) -> None:
        super().__init__(page, app)
        self._app = app

    def visit(self) -> None:
        """Move work along the board, look into the ledger, book a berth, and let the daylight in."""
        self._look("board", for_s=2.0)
        self._work_on_cards()
        self._discuss_a_card()
        self._read_the_ledger()
        self._book_a_berth()
        self._click(self._app.locator("#settings"))
        self._look("settings menu", for_s=1.2)
        self._click(self._app.get_by_text("Daylight colours"))
        self._look("daylight", for_s=1.8)

    def _work_on_cards(self) -> None:
        self._drag(self._app.locator(".card", has_text="Survey for insurance"), self._app.locator(".column").nth(1))
        self._look("card moved", for_s=1.2)
        self._look("card moved, toast gone", for_s=1.6)
        self._click(self._app.locator(".card", has_text="Replace the stern tube").locator(".more"))
        self._look("card menu", for_s=1.3)
        self._click(self._app.get_by_text("Mark as urgent"))
        self._look("card urgent", for_s=1.5)

    def _discuss_a_card(self) -> None:
        self._click(self._app.locator(".card", has_text="Recaulk the hull seams"))
        self._look("card opened", for_s=3.0)
        self._type("#comment", "Cotton is here, oakum comes Tuesday")
        self._look("comment: Cotton is here, oakum comes Tuesday", for_s=1.2)
        self._click(self._app.locator("#post"))
        self._look("comment posted", for_s=1.4)
        self._click(self._app.locator("#close"))
        self._look("card closed", for_s=1.2)
        self._type("#filter", "hull")
        self._look("filter: hull", for_s=2.2)

    def _read_the_ledger(self) -> None:
        self._click(self._app.locator("[data-page=ledger]"))
        self._look("ledger", for_s=2.4)
        self._scroll(by_px=720)
        self._look("ledger at 720", for_s=2.8)
        self._click(self._app.locator("tr", has_text="1426"))
        self._look("invoice 1426", for_s=2.0)

    def _book_a_berth(self) -> None:
        self._click(self._app.locator("[data-page=quay]"))
        self._look("quay", for_s=2.6)
        self._click(self._app.locator("#berths button", has_text="B3"))
        self._look("berth chosen", for_s=1.4)
        self._type("[name=vessel]", "Kittiwake")
        self._look("vessel: Kittiwake", for_s=1.3)
        self._click(self._app.locator("#booking button"))
        self._look("berth booked", for_s=1.5)
        self._look("berth booked, toast gone", for_s=1.7)

    def _look(self, name: str, *, for_s: float) -> None:
        """Wait until the page says that a screen is at rest, and look at it."""
        self._app.wait_for_function(
            "(name) => account.seen.at(-1)?.name === name && account.seen.at(-1).until_ms === null",
            arg=name,
            timeout=_ARRIVAL_TIMEOUT_MS,
        )
        self._page.wait_for_timeout(for_s * 1000)

    def _drag(self, card: Locator, column: Locator) -> None:
        start, goal = card.bounding_box(), column.bounding_box()
        if start is None or goal is None:
            raise RuntimeError("the card or the column is not on the page")
        from_x, from_y = start["x"] + 60, start["y"] + 20
        to_x, to_y = goal["x"] + goal["width"] / 2, goal["y"] + 90
        self._move(from_x, from_y)
        self._page.mouse.down()
        for step in range(1, _DRAG_STEPS + 1):
            share = step / _DRAG_STEPS
            self._page.mouse.move(from_x + (to_x - from_x) * share, from_y + (to_y - from_y) * share)
            self._page.wait_for_timeout(_DRAG_PAUSE_MS)
        self._page.mouse.up()
        self._x, self._y = to_x, to_y

    def _scroll(self, *, by_px: int) -> None:
        self._move(640, 420)
        for _ in range(_WHEEL_STEPS):
            self._page.mouse.wheel(0, by_px / _WHEEL_STEPS)
            self._page.wait_for_timeout(_WHEEL_PAUSE_MS)
