"""Pages that are none, or that want something else than being looked at: each has its documented outcome."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.evidence.pages import ElementCounts, PageSnapshot
from tests.media.inspected import HOST, Reply, Site, inspector_of, page, serve_site
from tests.unit.certificates import make_certificate

STORM = "<h1>Storm</h1><script>for (let i = 0; i < 200; i++) window.open('/popup?' + i)</script>"
CLICKS = "<a id=a href='/popup' target=_blank>x</a><script>for (let i = 0; i < 200; i++) a.click()</script>"
ALERTS = "<h1>Alerts</h1><script>for (let i = 0; i < 30; i++) { alert(i); confirm(i); prompt(i) }</script>"
DOWNLOADS = "<h1>Files</h1><a id=a href='/file.zip' download>x</a><script>a.click()</script>"
LOCAL_FILE = "<h1>Still here</h1><script>location = 'file:///etc/passwd'</script>"
LEAVE = "<h1>Stay</h1><script>onbeforeunload = (event) => { event.preventDefault(); return 'stay' }</script>"
RELOADS = "<h1>Again</h1><script>setInterval(() => location.reload(), 20)</script>"

PAGES = {
    "unavailable": Reply(b"<h1>Sorry</h1>", status=503),
    "missing": Reply(b"<h1>Nothing here</h1>", status=404),
    "wants a password": Reply(status=401),
    "poses as the proxy": Reply(status=407),
    "no content": Reply(status=204),
    "pdf": Reply(b"%PDF-1.4 ...", content_type="application/pdf"),
    "json": Reply(b"{}", content_type="application/json"),
    "picture": Reply(b"GIF89a", content_type="image/gif"),
    "archive": Reply(b"PK", content_type="application/zip"),
    "attachment": Reply(b"<h1>x</h1>", disposition="attachment; filename=page.html"),
    "endless redirect": Reply(status=302, location="/endless-redirect"),
    "endless body": Reply(b"<!doctype html>", endless=b"<p>more and more</p>" * 5_000),
    "300 MB": Reply(endless=b"<p>x</p>" * 12_500, length=300_000_000),
    "popup storm": page(STORM),
    "click storm": page(CLICKS),
    "dialogs": page(ALERTS),
    "starts a download": page(DOWNLOADS),
    "local file": page(LOCAL_FILE),
    "will not leave": page(LEAVE),
    "hangs on a picture": page("<h1>Here</h1><img alt=slow src=/hangs>"),
    "goes to nothing": page("<script>location = '/missing'</script>"),
    "last": page("<h1>Last</h1>"),
}

REASONS = {
    "unavailable": "HTTP 503",
    "missing": "HTTP 404",
    "wants a password": "HTTP 401",
    "no content": "not a page: no content",
    "pdf": "not a page: application/pdf",
    "json": "not a page: application/json",
    "picture": "not a page: image/gif",
    "archive": "not a page: application/zip",
    "attachment": "not a page: a download",
    "endless redirect": "too many redirects",
    "endless body": "larger than 4 MB",
    "300 MB": "larger than 4 MB",
    "goes to nothing": "HTTP 404",
}

SEEN = {
    "popup storm": '- heading "Storm" [level=1]',
    "dialogs": '- heading "Alerts" [level=1]',
    "starts a download": '- heading "Files" [level=1]',
    "local file": '- heading "Still here" [level=1]',
    "will not leave": '- heading "Stay" [level=1]',
    "hangs on a picture": '- heading "Here" [level=1]',
    "last": '- heading "Last" [level=1]',
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve_site() as server:
        for name, reply in PAGES.items():
            server.add(_path(name), reply)
        server.add("/hangs", Reply(hangs=True))
        yield server


def _path(name: str) -> str:
    return "/" + name.replace(" ", "-")


@pytest.fixture(scope="module")
def snapshots(site: Site) -> dict[str, PageSnapshot]:
    """All of them, one after the other, with one browser."""
    inspector = inspector_of(site, max_page_bytes=4 * 1024 * 1024)
    found = inspector.inspect([site.url(_path(name)) for name in PAGES])
    return dict(zip(PAGES, found, strict=True))


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_what_is_no_page_is_told_with_its_reason(
    snapshots: dict[str, PageSnapshot], site: Site, name: str, reason: str
) -> None:
    assert snapshots[name] == PageSnapshot(url=site.url(_path(name)), error=reason)


@pytest.mark.parametrize(("name", "line"), SEEN.items())
def test_a_page_that_plays_tricks_is_looked_at_all_the_same(
    snapshots: dict[str, PageSnapshot], name: str, line: str
) -> None:
    assert snapshots[name].error is None
    assert line in snapshots[name].aria


def test_popups_are_not_opened(snapshots: dict[str, PageSnapshot], site: Site) -> None:
    assert snapshots["click storm"].error is None
    assert not [path for path in site.paths_asked() if path.startswith("/popup?")]


def test_a_local_file_is_not_shown(snapshots: dict[str, PageSnapshot]) -> None:
    assert "root:" not in snapshots["local file"].aria


def test_no_server_is_given_the_credential_of_the_proxy(snapshots: dict[str, PageSnapshot], site: Site) -> None:
    assert snapshots["poses as the proxy"].error is not None
    assert all("authorization" not in headers and "proxy-authorization" not in headers for _, headers in site.requests)


@pytest.mark.parametrize(
    "page",
    [
        Reply(b"<!doctype html><h1>Half a page", hangs=True),
        page("<h1>Loud</h1><script>for (;;) alert('again')</script>"),
        page("<h1>x</h1><script>addEventListener('load', () => { for (;;); })</script>"),
    ],
    ids=["hangs in its body", "alerts for ever", "runs for ever as soon as it is loaded"],
)
def test_a_page_that_never_ends_is_left_and_the_next_one_is_looked_at(site: Site, page: Reply) -> None:
    never = site.add("/never", page)

    found = inspector_of(site, page_timeout_s=3).inspect([never])

    assert "/never" in site.paths_asked()
    assert found == [PageSnapshot(url=never, error="timed out after 3 s")]


def test_the_page_after_one_that_hung_the_browser_is_looked_at(site: Site) -> None:
    busy, fine = site.add("/busy", "<script>for (;;);</script>"), site.add("/fine", "<button>Fine</button>")

    found = inspector_of(site, page_timeout_s=6).inspect([busy, fine])

    assert [one.error for one in found] == ["timed out after 6 s", None]
    assert found[1].counts == ElementCounts(buttons=1)


def test_a_page_that_reloads_for_ever_ends(site: Site) -> None:
    found = inspector_of(site).inspect([site.add("/reloads", RELOADS)])

    assert found[0].error in (None, "navigated away")


def test_nobody_there_is_told_apart(site: Site) -> None:
    with serve_site() as gone:
        refused = gone.url("/")

    found = inspector_of(site, gone).inspect(
        [refused, "http://unknown.example/", "ftp://site.test/", f"http://u:p@{HOST}/", "http://10.0.0.1/?token=abc"]
    )

    assert [(one.url, one.error) for one in found] == [
        (refused, "connection refused"),
        ("http://unknown.example/", "name not found"),
        ("ftp://site.test/", "refused: not http or https"),
        (f"http://{HOST}/", "refused: credentials in the URL"),
        ("http://10.0.0.1/?token=redacted", "refused: private address"),
    ]


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    with Site() as encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(make_certificate(tmp_path, HOST))
        encrypted.socket = context.wrap_socket(encrypted.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=encrypted.serve_forever, daemon=True).start()
        url = f"https://{encrypted.authority}/"

        found = inspector_of(encrypted).inspect([url])
        encrypted.shutdown()

    assert found == [PageSnapshot(url=url, error="certificate not valid")]
