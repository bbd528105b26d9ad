"""What the inspector tells of a page: its ARIA snapshot and counts, without secrets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.adapters.browser.aria import MAX_SNAPSHOT_BYTES
from shared.evidence.pages import ElementCounts, PageSnapshot
from tests.media.inspected import Site, inspector_of, resolve_tests, serve_site

SHOP = """
<h1>Checkout</h1><h2>Your cart</h2>
<nav><a href="/home">Home</a> <a href="/help?lang=en&amp;access_token=tok_12345">Help</a></nav>
<img alt="A red chair" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="> <img alt="">
<label>Name <input name="name" value="Ada"></label>
<label>Amount <input type="number" value="2"></label>
<label>Country <select><option>Norway<option selected>Spain</select></label>
<button>Pay</button> <button disabled>Later</button> <button hidden>Never</button>
<p>- button "forged"
- link "forged"</p>
<div id="late"></div>
<script>
  setTimeout(() => { late.innerHTML = "<button>Shown by a script</button>" }, 100);
  document.body.append(innerWidth + " by " + innerHeight);
</script>
"""

SECRETS = """
<label>Password <input type="password" value="hunter2"></label>
<label>Again <input type="text" autocomplete="new-password" value="hunter2-again"></label>
<label>Code from your phone <input autocomplete="one-time-code" value="846201"></label>
<label>Card <input autocomplete="section-a billing cc-number" value="4111 1111 1111 1111"></label>
<label>Card number <input value="5500 0000 0000 0004"></label>
<input name="cardCvc" aria-label="Three digits" value="977">
<input id="api_key" value="ak_live_1">
<input placeholder="Your PIN" value="4711">
<label>Expires <select autocomplete="cc-exp-month"><option>01<option selected>November</select></label>
<textarea name="user[secret]">treasure</textarea>
<div contenteditable id="access-token" role="textbox" aria-label="Token">tok_edit</div>
<div class="rr-mask">masked text <button>masked button</button><input value="masked field"></div>
<p data-private aria-label="private label">private text</p>
<div id="host"></div>
<label>Shopping list <input name="shopping" value="eggs"></label>
<label>Passenger <input name="passenger" value="Ada"></label>
<input type="button" name="show-password" value="Show password">
<a href="https://user:pw123@example.com/?code=c0de&amp;page=2#id_token=eyJ9&amp;x=1">Callback</a>
<script>
  host.attachShadow({mode: "open"}).innerHTML = '<input type="password" value="hunter2-shadow" aria-label="Inner">';
  const password = document.querySelector("input");
  setInterval(() => { password.value = "hunter2" }, 1);
  new MutationObserver(() => { password.value = "hunter2" }).observe(document, {subtree: true, attributes: true});
</script>
"""

HIDDEN = [
    "hunter2", "846201", "4111", "5500", "977", "ak_live_1", "4711", "[selected]", "treasure", "tok_edit", "masked",
    "private", "pw123", "c0de", "eyJ9",
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve_site() as server:
        yield server


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """The names that anybody asked the resolver for."""
    return []


@pytest.fixture(scope="module")
def snapshots(site: Site, asked: list[str]) -> dict[str, PageSnapshot]:
    """One look at several pages, with one browser."""
    buttons = f"<button>{'x' * 200} é</button>" * 1_500
    urls = {
        "shop": site.add("/shop?step=2&token=tok_67890", SHOP),
        "secrets": site.add("/secrets", SECRETS),
        "many": site.add("/many", buttons),
        "visitor": site.add("/visitor", "<script>document.cookie = 'seen=1'; localStorage.seen = 1</script>"),
        "visitor again": site.add("/again", "<script>document.write(document.cookie + localStorage.seen)</script>"),
    }
    site.pages["/shop"] = site.pages["/shop?step=2&token=tok_67890"]

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return list(resolve_tests(host))

    found = inspector_of(site, resolve=resolve).inspect(list(urls.values()))
    return dict(zip(urls, found, strict=True))


def test_a_page_is_told_as_assistive_technology_sees_it(snapshots: dict[str, PageSnapshot]) -> None:
    shop = snapshots["shop"]

    assert shop.error is None
    assert '- heading "Checkout" [level=1]' in shop.aria
    assert '- button "Pay"' in shop.aria
    assert '- button "Later" [disabled]' in shop.aria
    assert '- textbox "Name": Ada' in shop.aria
    assert '- option "Spain" [selected]' in shop.aria


def test_elements_are_counted_and_texts_that_look_like_elements_are_not(snapshots: dict[str, PageSnapshot]) -> None:
    assert snapshots["shop"].counts == ElementCounts(buttons=3, inputs=3, links=2, headings=2, images=1)


def test_a_page_is_read_when_its_scripts_have_settled(snapshots: dict[str, PageSnapshot]) -> None:
    assert '- button "Shown by a script"' in snapshots["shop"].aria


def test_the_window_is_1280_by_720(snapshots: dict[str, PageSnapshot]) -> None:
    assert "1280 by 720" in snapshots["shop"].aria


@pytest.mark.parametrize("secret", HIDDEN)
def test_a_secret_does_not_leave_the_page(snapshots: dict[str, PageSnapshot], secret: str) -> None:
    assert snapshots["secrets"].error is None
    assert secret not in snapshots["secrets"].aria


@pytest.mark.parametrize(
    "kept",
    [
        'textbox "Password"',
        'textbox "Shopping list": eggs',
        'textbox "Passenger": Ada',
        'button "Show password"',
        "page=2",
    ],
)
def test_what_is_no_secret_stays(snapshots: dict[str, PageSnapshot], kept: str) -> None:
    assert kept in snapshots["secrets"].aria


def test_secret_parameters_are_taken_out_of_addresses(snapshots: dict[str, PageSnapshot]) -> None:
    assert snapshots["shop"].url.endswith("/shop?step=2&token=redacted")
    assert "/help?lang=en&access_token=redacted" in snapshots["shop"].aria
    assert "tok_12345" not in snapshots["shop"].aria


def test_the_page_itself_is_asked_for_with_all_its_parameters(site: Site, snapshots: dict[str, PageSnapshot]) -> None:
    assert snapshots["shop"].error is None
    assert "/shop?step=2&token=tok_67890" in site.paths_asked()


def test_a_snapshot_that_is_too_long_is_cut_and_says_so(snapshots: dict[str, PageSnapshot]) -> None:
    many = snapshots["many"]

    assert many.error is None
    assert many.counts.buttons == 1_500
    assert len(many.aria.encode()) <= MAX_SNAPSHOT_BYTES
    assert len(many.aria.encode()) > MAX_SNAPSHOT_BYTES - 300
    assert many.aria.endswith('é"\n- text: cut here, the page goes on\n')


def test_a_page_knows_nothing_of_the_one_before(snapshots: dict[str, PageSnapshot]) -> None:
    assert "undefined" in snapshots["visitor again"].aria
    assert "seen" not in snapshots["visitor again"].aria


def test_nothing_is_asked_for_but_what_the_pages_name(
    site: Site, snapshots: dict[str, PageSnapshot], asked: list[str]
) -> None:
    assert len(snapshots) == 5
    assert set(asked) == {"site.test"}
    assert set(site.paths_asked()) - {"/favicon.ico"} == {
        "/shop?step=2&token=tok_67890", "/secrets", "/many", "/visitor", "/again",
    }  # fmt: skip


def test_no_url_is_no_snapshot_and_no_browser(site: Site) -> None:
    assert inspector_of(site).inspect([]) == []
