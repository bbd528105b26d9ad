"""ARIA snapshots as a real browser writes them today: each is read, and written back to the byte."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from shared.evidence.aria import Node
from shared.evidence.aria_diff import Summary, apply, diff, summarise
from shared.evidence.aria_yaml import parse_tree, render_tree

FORM = """
<main><h1>Profile: "Ann" \\ `x` {y} # 1</h1>
<label>Name <input placeholder="Your name" value="yes: 12"></label>
<label><input type="checkbox" checked> It's - ok</label><button disabled aria-expanded="true">~</button>
<select aria-label="Plan"><option>Free</option><option selected>- Pro</option></select>
<a href="/a?b=c#d">null</a><p>12</p><p>[x]</p><p>tab\t&#1;&#133;&#8232;&#8238;end</p><textarea>a\n b</textarea>
<ul><li>one<ul><li>0x1F</li></ul></li></ul><p>text <b>bold</b></p><div role="alert">.inf</div></main>
"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("how", [{}, {"mode": "ai"}, {"boxes": True}], ids=["plain", "ai", "boxes"])
def test_a_snapshot_is_read_and_written_back(page: Page, how: dict[str, object]) -> None:
    page.set_content(FORM)

    snapshot = page.aria_snapshot(**how)  # type: ignore[arg-type]

    assert render_tree(parse_tree(snapshot)) == snapshot


def test_what_a_click_does_to_a_page_is_its_difference(page: Page) -> None:
    page.set_content(
        """<main><h1>Orders</h1><button onclick="this.disabled = true; out.textContent = 'Deleted'">Delete</button>
        <div role="status" id="out"></div></main>"""
    )
    before = parse_tree(page.aria_snapshot())

    page.get_by_role("button").click()

    after = parse_tree(page.aria_snapshot())
    assert apply(diff(before, after), before) == after
    assert summarise(diff(before, after)) == Summary(added=1, changed=1)
    assert Node("status", children=(Node("text", "Deleted"),)) in list(after.walk())
