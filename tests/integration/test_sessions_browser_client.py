"""A real client: Chromium records the demo site with MediaRecorder, and sends the very file that it made."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from playwright.sync_api import Frame, Page

from demo.site.server import serve
from tests.integration.film_client import Film, FilmClient, film_platform, words_of
from tests.integration.film_recorder import State, record_tab
from tests.integration.film_stored import uploads_of
from tests.integration.platform import eventually

#: How long the visitor looks at each screen.
LOOK_MS = 1800
#: OCR misreads a word now and then.
READ_SHARE = 0.8


def visit_shop(page: Page, shop: Frame) -> None:
    """See all plants, search for one, look at it, and put it into the basket."""
    page.wait_for_timeout(LOOK_MS)
    shop.locator("#search").press_sequentially("boston", delay=30)
    shop.get_by_text("1 plants").wait_for()
    page.wait_for_timeout(LOOK_MS)
    shop.locator("#plants a").first.click()
    shop.get_by_test_id("add-to-basket").wait_for()
    page.wait_for_timeout(LOOK_MS)
    shop.get_by_test_id("add-to-basket").click()
    shop.get_by_text("is in your basket").wait_for()
    page.wait_for_timeout(LOOK_MS)


def test_what_mediarecorder_makes_of_a_visit_becomes_its_states(tmp_path: Path) -> None:
    shop = serve()
    url = f"http://127.0.0.1:{shop.server_port}/"
    try:
        recorded = record_tab(url, visit_shop)
        with film_platform(tmp_path, f"127.0.0.1:{shop.server_port}") as platform:
            answer = FilmClient.of(platform).post(Film(video=recorded.video, title="A fern", seed_url=url))

            assert answer.status_code == 200, answer.text
            made = answer.json()
            eventually(lambda: not uploads_of(platform, made["sessionId"]), what="the video going")
    finally:
        shop.shutdown()
        shop.server_close()

    certain = [state for state in recorded.states if state.is_certain]
    assert len(certain) == 4, "the visitor has looked at four screens"
    found = [state_of(frame["timestamp"], recorded.states) for frame in made["frames"]]
    assert [state for state, _ in groupby(found) if state.is_certain] == certain
    assert len(found) <= len(set(found)) + 1, "an encoder out of breath shows one screen coarsely before it is sharp"
    sharpest = {state: frame for frame, state in zip(made["frames"], found, strict=True)}
    for state, frame in sharpest.items():
        assert state.share_in(words_of(frame)) >= READ_SHARE, (state.text, words_of(frame))
    assert (made["mimeType"], made["fileSize"]) == ("video/webm", len(recorded.video))
    [snapshot] = made["inspection"]["snapshots"]
    assert (snapshot["url"], snapshot["success"]) == (url, True)
    assert snapshot["counts"]["links"] >= 4, "the shop's own navigation"
    assert "is in your basket" in made["prompt"]


def state_of(at_ms: int, states: list[State]) -> State:
    """The state that the page had at that time of the video: the last one that had begun."""
    return [state for state in states if state.holds(at_ms)][-1]
