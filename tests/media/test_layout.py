"""What the elements of pages are, told from their pictures alone; the pages have looks that share nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser

from shared.evidence.elements import Element, Role
from shared.media.elements_reader import LocalFrameReader

#: A bright form: outlined fields, filled buttons, blue underlined links.
BRIGHT = """
<style>
 * {box-sizing: border-box} body {margin: 0; font: 16px/1.5 "Liberation Sans"; color: #222; background: #fff}
 header {background: #f1f3f5; padding: 14px 32px; display: flex; gap: 32px; border-bottom: 1px solid #d0d4d9}
 header b {font-size: 20px} header a {color: #444; text-decoration: none}
 main {padding: 8px 32px} label {display: block; margin: 14px 0 4px} label.inline {display: inline; margin-left: 4px}
 input[type=text], select {width: 420px; height: 38px; padding: 0 10px; border: 1px solid #999; font: inherit}
 .wrong {border-color: #c62828 !important} .error {color: #c62828; margin: 4px 0}
 button {height: 40px; padding: 0 22px; border: 0; border-radius: 4px; font: inherit; color: #fff; background: #00796b}
 button:disabled {background: #e0e0e0; color: #b5b5b5}
</style>
<header><b>Ledger</b><a>Invoices</a><a>Customers</a><a>Reports</a></header>
<main>
 <h1>New invoice</h1>
 <label for=customer>Customer</label><input type=text id=customer value="Jane Doe">
 <label for=amount>Amount</label><input type=text id=amount class=wrong>
 <p class=error>Enter an amount above zero</p>
 <p><input type=checkbox id=paid checked><label class=inline for=paid>Already paid</label></p>
 <p><input type=checkbox id=mail><label class=inline for=mail>Send by mail</label></p>
 <p><button>Create invoice</button> <button disabled>Delete invoice</button></p>
 <p>Unsure? <a href="#">Read the guide</a></p>
</main>
"""

#: A dark console in another font size: outlined buttons, filled fields, links without a line, an icon and a photograph.
DARK = """
<style>
 * {box-sizing: border-box} body {margin: 0; font: 15px/1.5 "Liberation Sans"; color: #d7dce5; background: #0f1218}
 main {padding: 24px 48px} h1 {font-size: 30px; color: #fff; margin: 0 0 18px} h2 {font-size: 19px; margin: 26px 0 10px}
 a {color: #6ea8fe; text-decoration: none}
 label {display: block; margin-bottom: 6px; color: #9aa4b5}
 input {width: 360px; height: 40px; padding: 0 12px; border: 1px solid #3b4457; border-radius: 8px; font: inherit}
 input {color: #fff; background: #1a1f2b}
 button {height: 38px; padding: 0 20px; border-radius: 19px; font: inherit}
 .outlined {border: 1px solid #6ea8fe; color: #d7dce5; background: none}
 .filled {border: 0; color: #10131a; background: #7ee0a8}
 .shade {position: fixed; inset: 0; background: #000a; display: flex; align-items: center; justify-content: center}
 .shade div {width: 460px; padding: 26px; border-radius: 12px; background: #232a38}
</style>
<main>
 <h1>Deployments</h1>
 <label for=filter>Filter services</label><input id=filter>
 <h2>Production</h2>
 <p>Last release went out on Tuesday. <br><a href="#">Show the changelog</a></p>
 <p><button class=filled>Promote build</button> &nbsp; <button class=outlined>Roll back</button></p>
 <svg width=28 height=28 viewBox="0 0 24 24" fill=none stroke="#d7dce5" stroke-width=2>
  <circle cx=12 cy=12 r=9 /><path d="M12 7v5l3 3" /></svg>
 <canvas id=photo width=240 height=160 style="display:block; margin-top: 18px"></canvas>
</main>
<script>
 const canvas = photo.getContext("2d"), pixels = canvas.createImageData(240, 160);
 let seed = 7;
 for (let i = 0; i < pixels.data.length; i++) {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  pixels.data[i] = i % 4 == 3 ? 255 : (seed >> 16) % 200;
 }
 canvas.putImageData(pixels, 0, 0);
</script>
"""

#: The same with a dialog over it.
DARK_DIALOG = (
    DARK
    + """
<section class=shade><div><h2>Roll back production?</h2><p>The build of Monday goes live again.</p>
<button class=filled>Roll back now</button> &nbsp; <button class=outlined>Keep it</button></div></section>
"""
)

#: A menu that has been opened from a button.
MENU = """
<style>
 body {margin: 0; font: 16px "Liberation Sans"; background: #fafafa} button {margin: 40px 40px 8px; padding: 10px 20px}
 ul {position: absolute; left: 40px; margin: 0; padding: 8px 0; width: 200px; list-style: none; background: #fff}
 ul {border: 1px solid #bbb; border-radius: 6px} li {padding: 8px 16px}
</style>
<button>Account</button><ul><li>Profile</li><li>Billing</li><li>Team members</li><li>Sign out</li></ul>
"""

Seen = set[tuple[str, str | None]]


@pytest.fixture(scope="module")
def reader() -> LocalFrameReader:
    return LocalFrameReader()


def draw(chromium: Browser, html: str) -> bytes:
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    try:
        page.set_content(html)
        return page.screenshot(animations="disabled", caret="hide")
    finally:
        page.close()


@pytest.fixture(scope="module")
def bright(chromium: Browser, reader: LocalFrameReader) -> list[Element]:
    return reader.read(draw(chromium, BRIGHT), previous=None)


@pytest.fixture(scope="module")
def dark(chromium: Browser, reader: LocalFrameReader) -> list[Element]:
    return reader.read(draw(chromium, DARK), previous=None)


@pytest.fixture(scope="module")
def dark_dialog(chromium: Browser, reader: LocalFrameReader) -> list[Element]:
    return reader.read(draw(chromium, DARK_DIALOG), previous=None)


def seen(elements: Sequence[Element], role: Role) -> Seen:
    return {(element.label, element.state) for element in elements if element.role is role}


def the(elements: Sequence[Element], role: Role, label: str = "") -> Element:
    [found] = [element for element in elements if element.role is role and element.label == label]
    return found


def test_buttons_are_told_with_what_disables_them(bright: list[Element]) -> None:
    assert seen(bright, Role.BUTTON) == {("Create invoice", None), ("Delete invoice", "disabled")}


def test_fields_and_check_boxes_have_the_labels_beside_them_and_their_states(bright: list[Element]) -> None:
    assert seen(bright, Role.INPUT) == {
        ("Customer", None),
        ("Amount", "error"),
        ("Already paid", "checked"),
        ("Send by mail", "unchecked"),
    }


def test_the_text_in_a_field_is_an_element_of_its_own(bright: list[Element]) -> None:
    value, field = the(bright, Role.TEXT, "Jane Doe").box, the(bright, Role.INPUT, "Customer").box

    assert field.x < value.x < field.x + field.width
    assert field.y < value.y < field.y + field.height


def test_the_words_of_a_bar_are_links_and_its_name_is_none(bright: list[Element]) -> None:
    assert seen(bright, Role.LINK) >= {("Invoices", None), ("Customers", None), ("Reports", None)}
    assert ("Ledger", None) in seen(bright, Role.TEXT)


def test_what_is_set_larger_is_a_heading(bright: list[Element]) -> None:
    assert seen(bright, Role.HEADING) == {("New invoice", None)}


def test_a_red_line_is_an_error(bright: list[Element]) -> None:
    assert ("Enter an amount above zero", "error") in seen(bright, Role.TEXT)


def test_the_focused_field_is_told(chromium: Browser, reader: LocalFrameReader) -> None:
    focused = BRIGHT + "<script>customer.focus(); customer.setSelectionRange(0, 0)</script>"

    elements = reader.read(draw(chromium, focused), previous=None)

    assert ("Customer", "focused") in seen(elements, Role.INPUT)


def test_a_pointer_over_a_field_is_no_text_in_it(chromium: Browser, reader: LocalFrameReader) -> None:
    arrow = "M0 0v17l4-4 3 7 3-1-3-7h6z"
    style = "position: absolute; left: 300px; top: 196px"
    pointer = f"<svg width=16 height=22 style='{style}'><path d='{arrow}' stroke=white /></svg>"

    elements = reader.read(draw(chromium, BRIGHT + pointer), previous=None)

    assert ("Customer", None) in seen(elements, Role.INPUT)
    assert ("Jane Doe", None) in seen(elements, Role.TEXT)


def test_a_dark_page_in_another_look_is_told_as_well(dark: list[Element]) -> None:
    assert seen(dark, Role.BUTTON) == {("Promote build", None), ("Roll back", None)}
    assert seen(dark, Role.INPUT) == {("Filter services", None)}
    assert seen(dark, Role.LINK) == {("Show the changelog", None)}
    assert seen(dark, Role.HEADING) == {("Deployments", None), ("Production", None)}


def test_what_is_drawn_is_an_icon_or_an_image_by_its_size(dark: list[Element]) -> None:
    icon, image = the(dark, Role.ICON).box, the(dark, Role.IMAGE).box

    assert [icon.width, icon.height] == pytest.approx([24, 24], abs=4)
    assert [image.width, image.height] == pytest.approx([240, 160], abs=4)


def test_a_box_is_where_the_page_has_it(chromium: Browser, dark: list[Element]) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.set_content(DARK)
    place = page.get_by_role("button", name="Promote build").bounding_box()
    page.close()

    box = the(dark, Role.BUTTON, "Promote build").box

    assert place is not None
    assert [box.x, box.y, box.width, box.height] == pytest.approx(list(place.values()), abs=3)


def test_a_dialog_is_the_box_over_a_dimmed_page(dark: list[Element], dark_dialog: list[Element]) -> None:
    dialog = the(dark_dialog, Role.DIALOG, "Roll back production?").box

    assert seen(dark, Role.DIALOG) == set()
    assert [dialog.width, dialog.x + dialog.width // 2] == pytest.approx([460, 640], abs=4)
    assert {("Roll back now", None), ("Keep it", None)} <= seen(dark_dialog, Role.BUTTON)


def test_short_lines_below_each_other_in_a_box_are_a_menu(chromium: Browser, reader: LocalFrameReader) -> None:
    elements = reader.read(draw(chromium, MENU), previous=None)

    assert seen(elements, Role.MENU) == {("Profile", None)}
    assert seen(elements, Role.BUTTON) == {("Account", None)}
    assert {("Billing", None), ("Sign out", None)} <= seen(elements, Role.TEXT)


def test_the_cells_of_a_table_are_neither_fields_nor_buttons(chromium: Browser, reader: LocalFrameReader) -> None:
    rows = "".join(f"<tr><td>Item {row}</td><td>{row * 10}.00</td><td>open</td></tr>" for row in range(1, 5))
    look = "<style>td {border: 1px solid #ccc; padding: 8px 60px; font: 16px 'Liberation Sans'}</style>"

    elements = reader.read(
        draw(chromium, f"{look}<table style='border-collapse: collapse'>{rows}</table>"), previous=None
    )

    assert {element.role for element in elements} == {Role.TEXT}
    assert ("Item 3", None) in seen(elements, Role.TEXT)


def test_elements_come_from_top_to_bottom_and_from_left_to_right(bright: list[Element]) -> None:
    labels = [element.label for element in bright]

    assert labels[:5] == ["Ledger", "Invoices", "Customers", "Reports", "New invoice"]


def test_an_empty_picture_has_no_elements(chromium: Browser, reader: LocalFrameReader) -> None:
    assert reader.read(draw(chromium, "<body></body>"), previous=None) == []
