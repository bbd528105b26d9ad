"""Elements as a reader of pictures gives them, and a recording of a small flow."""

from __future__ import annotations

from shared.evidence.elements import Box, Element, Role
from shared.evidence.pages import ElementCounts, PageSnapshot
from shared.structs import Struct

CHECKOUT = "https://shop.example/checkout"
THANKS = "https://shop.example/thanks"


class Picture(Struct, frozen=True):
    """A frame as it is kept, without its thumbnail."""

    id: str
    timestamp_ms: int
    url: str
    elements: tuple[Element, ...] = ()
    error: str | None = None


def element(role: str, label: str, x: int, y: int, width: int, height: int, *, state: str | None = None) -> Element:
    return Element(role=Role(role), label=label, box=Box(x=x, y=y, width=width, height=height), state=state)


_TOP = (
    element("heading", "Checkout", 40, 30, 200, 40),
    element("link", "Back to cart", 900, 40, 120, 20),
    element("text", "Subtotal 48.00", 40, 100, 200, 20),
)
_BOTTOM = (
    element("text", "Total 48.00", 40, 300, 100, 20),
    element("button", "Place order", 40, 340, 160, 40),
)
_EMPTY = (
    element("input", "Discount code", 40, 180, 240, 36),
    element("button", "Apply", 300, 180, 90, 36, state="disabled"),
)
_FILLED = (
    element("input", "SPRING10", 40, 180, 240, 36),
    element("button", "Apply", 300, 180, 90, 36),
)
_APPLIED = (element("text", "Code applied: -4.80", 40, 230, 200, 20),)
_DIALOG = (
    element("dialog", "Place this order?", 300, 200, 500, 300),
    element("text", "You pay 48.00", 340, 260, 200, 20),
    element("button", "Cancel", 340, 420, 100, 36),
    element("button", "Confirm", 640, 420, 100, 36),
)
_WAITING = (*_DIALOG[:3], element("button", "Confirm", 640, 420, 100, 36, state="disabled"))
_THANKS = (
    element("heading", "Thank you", 40, 30, 300, 40),
    element("text", "Order 1042 is on its way", 40, 90, 300, 20),
    element("link", "Continue shopping", 40, 140, 200, 20),
)

FLOW = (
    Picture("frm_A1B2C3D4", 0, CHECKOUT, (*_TOP, *_EMPTY, *_BOTTOM)),
    Picture("frm_B1B2C3D4", 3240, CHECKOUT, (*_TOP, *_FILLED, *_BOTTOM)),
    Picture("frm_C1B2C3D4", 4100, CHECKOUT, (*_TOP, *_FILLED, *_APPLIED, *_BOTTOM)),
    Picture("frm_D1B2C3D4", 6875, CHECKOUT, (*_TOP, *_FILLED, *_APPLIED, *_BOTTOM, *_DIALOG)),
    Picture("frm_E1B2C3D4", 7410, CHECKOUT, (*_TOP, *_FILLED, *_APPLIED, *_BOTTOM, *_WAITING)),
    Picture("frm_F1B2C3D4", 8000, CHECKOUT, error="the picture is empty"),
    Picture("frm_G1B2C3D4", 69_020, THANKS, _THANKS),
)
PAGES = (
    PageSnapshot(
        url=CHECKOUT,
        counts=ElementCounts(buttons=2, inputs=1, links=1, headings=1),
        aria="""\
- heading "Checkout" [level=1]
- link "Back to cart":
  - /url: /cart
- text: Subtotal 48.00
- textbox "Discount code":
  - /placeholder: e.g. SPRING10
- button "Apply" [disabled]
- text: Total 48.00
- button "Place order"
""",
    ),
    PageSnapshot(url=THANKS, error="timed out after 15 s"),
)
NOTES = "The code is accepted, but the total stays 48.00.\nIt should be 43.20, in the dialog too."
