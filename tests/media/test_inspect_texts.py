"""Texts on their way out: addresses without secrets, snapshots that fit, reasons that can be read."""

from __future__ import annotations

import pytest

from shared.adapters.browser.aria import MAX_SNAPSHOT_BYTES, bound_snapshot, count_elements
from shared.adapters.browser.failures import reason_of
from shared.adapters.browser.redaction import redact_urls
from shared.evidence.pages import ElementCounts


@pytest.mark.parametrize(
    "name",
    [
        "token", "access_token", "id_token", "X-Goog-Signature", "X-Amz-Security-Token", "sig", "key", "api_key",
        "apikey", "API-KEY", "password", "passwd", "pwd", "client_secret", "code", "otp", "sessionid", "jwt", "sid",
        "resetToken", "SAMLResponse", "authorization",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["?", "?a=1&", "#", "#a=1&", "/x;"])
def test_the_value_of_a_secret_parameter_is_not_shown(name: str, before: str) -> None:
    url = f"https://shop.example/cart{before}{name}=s3cr%20et&page=2"

    assert redact_urls(url) == f"https://shop.example/cart{before}{name}=redacted&page=2"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/token=abc/cart",
        "https://shop.example/?page=2&sort=price&keyboard=qwerty&passenger=2&design=new&zipcode=123",
        "https://shop.example/?token=",
        "/help?lang=en",
    ],
)
def test_other_parameters_are_shown(url: str) -> None:
    assert redact_urls(url) == url


def test_credentials_in_an_address_are_not_shown() -> None:
    assert redact_urls("- /url: https://user:pass@shop.example/a@b") == "- /url: https://shop.example/a@b"


def test_only_elements_are_counted() -> None:
    snapshot = "\n".join(
        [
            "- banner:",
            "  - 'link \"a: b\"':",
            "    - /url: /button",
            '    - button "c" [disabled]',
            "  - text: link button",
            '- \'textbox "x"\': "- link"',
            '- combobox "y":',
            '  - option "button"',
            "- spinbutton",
            "- searchbox",
            "- img",
            '- heading "h" [level=1]: link',
        ]
    )

    assert count_elements(snapshot) == ElementCounts(buttons=1, inputs=3, links=1, headings=1, images=1)


def test_nothing_is_counted_in_an_empty_page() -> None:
    assert count_elements("") == ElementCounts()


def test_a_snapshot_that_just_fits_is_not_cut() -> None:
    snapshot = "- text: " + "é" * ((MAX_SNAPSHOT_BYTES - 8) // 2)

    assert bound_snapshot(snapshot) == snapshot


def test_a_snapshot_of_one_endless_line_is_cut_to_the_notice() -> None:
    assert bound_snapshot("- text: " + "é" * MAX_SNAPSHOT_BYTES) == "- text: cut here, the page goes on\n"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Page.goto: net::ERR_TOO_MANY_REDIRECTS at http://a.test/", "too many redirects"),
        ("Page.goto: net::ERR_CERT_DATE_INVALID at https://a.test/", "certificate not valid"),
        ("Page.goto: net::ERR_EMPTY_RESPONSE at http://a.test/", "connection closed"),
        ("Page.goto: net::ERR_UNSAFE_PORT at http://a.test:6000/", "could not be loaded (ERR_UNSAFE_PORT)"),
        ("Page.evaluate: Execution context was destroyed, most likely because of a navigation", "navigated away"),
        ("Page.goto: Download is starting", "not a page: a download"),
        ("Page.goto: Page crashed", "the page crashed"),
        ("Protocol error", "could not be loaded"),
    ],
)
def test_what_playwright_says_becomes_a_reason(message: str, reason: str) -> None:
    assert reason_of(message) == reason
