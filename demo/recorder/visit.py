"""What the visitor of the shop does, at a speed that a viewer can follow."""

from playwright.sync_api import Frame, Locator, Page

PASSWORD = "orchid-7431"  # noqa: S105 - typed into the shop to show that recordings mask it
_MOVE_STEPS = 10
_MOVE_PAUSE_MS = 15
_TYPE_PAUSE_MS = 40
_READ_PAUSE_MS = 550


class Visitor:
    """A hand on the mouse and the keyboard."""

    def __init__(self, page: Page, shop: Frame) -> None:
        self._page = page
        self._shop = shop
        self._x, self._y = 640.0, 400.0

    def visit_shop(self) -> None:
        """Search, put two plants into the basket, try a coupon that fails and one that works, ask a question."""
        self._type("#search", "fern")
        self._shop.get_by_text("2 plants").wait_for()
        self._read()
        self._put_in_basket("Boston fern")
        self._follow("Plants")
        self._page.mouse.wheel(0, 240)
        self._put_in_basket("Olive tree")
        self._follow("Basket")
        self._use_coupon("WELCOME", "does not exist")
        self._use_coupon("SPRING15", "15% off")
        self._follow("Contact")
        self._type("[name=name]", "Maria")
        self._type("[name=password]", PASSWORD)
        self._send_from("maria.example.com", "does not look like")
        self._send_from("maria@example.com", "Thank you, Maria")

    def _put_in_basket(self, plant: str) -> None:
        self._click(self._shop.locator("#plants a", has_text=plant))
        self._click(self._shop.get_by_test_id("add-to-basket"))
        self._shop.get_by_text("is in your basket").wait_for()
        self._read()

    def _use_coupon(self, code: str, answer: str) -> None:
        self._type("#coupon", code)
        self._click(self._shop.get_by_test_id("apply-coupon"))
        self._shop.get_by_text(answer).wait_for()
        self._read()

    def _send_from(self, email: str, answer: str) -> None:
        self._type("[name=email]", email)
        self._click(self._shop.get_by_test_id("send-message"))
        self._shop.get_by_text(answer).wait_for()
        self._read()

    def _follow(self, link: str) -> None:
        self._click(self._shop.locator("nav a", has_text=link))
        self._shop.locator("nav a[aria-current=page]", has_text=link).wait_for()
        self._read()

    def _type(self, selector: str, text: str) -> None:
        self._click(self._shop.locator(selector))
        self._page.keyboard.press("ControlOrMeta+a")
        self._page.keyboard.type(text, delay=_TYPE_PAUSE_MS)

    def _click(self, place: Locator) -> None:
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        if box is None:
            raise RuntimeError(f"{place} is not on the page")
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

    def _read(self) -> None:
        self._page.wait_for_timeout(_READ_PAUSE_MS)
