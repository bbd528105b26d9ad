"""Downloads over real HTTP: gone on with only of the very same file, through the guard, and without telling URLs."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from shared.adapters.downloads import GuardedDownloads
from shared.errors import InvalidRequest, Upstream
from shared.ports.downloads import Download
from tests.integration.offered_files import Offer, offering

CONTENT = bytes(range(256)) * 100


@pytest.fixture
def offer() -> Iterator[Offer]:
    with offering() as made:
        made.content = CONTENT
        yield made


@pytest.fixture
def downloads(offer: Offer) -> GuardedDownloads:
    return GuardedDownloads([urlsplit(offer.url).netloc])


def read_all(downloads: GuardedDownloads, offer: Offer, *, start: int = 0, etag: str | None = None) -> bytes:
    with downloads.open(offer.url, start=start, etag=etag) as download:
        pieces = [download.read(10_000), download.read(10_000), download.read(10_000)]
        assert download.read(1) == b""
    return b"".join(pieces)


def exhaust(download: Download) -> None:
    while download.read(10_000):
        pass


def test_a_file_is_read_from_its_start_to_its_end(offer: Offer, downloads: GuardedDownloads) -> None:
    with downloads.open(offer.url) as download:
        assert (download.start, download.size_bytes, download.etag) == (0, len(CONTENT), '"v1"')

    assert read_all(downloads, offer) == CONTENT
    assert offer.ranges == [None, None]


def test_the_rest_of_the_same_file_is_read(offer: Offer, downloads: GuardedDownloads) -> None:
    with downloads.open(offer.url, start=1000, etag='"v1"') as download:
        assert (download.start, download.size_bytes) == (1000, len(CONTENT))

    assert read_all(downloads, offer, start=1000, etag='"v1"') == CONTENT[1000:]
    assert offer.ranges == ["bytes=1000-", "bytes=1000-"]


def test_another_file_begins_at_its_start(offer: Offer, downloads: GuardedDownloads) -> None:
    offer.etag = '"v2"'

    with downloads.open(offer.url, start=1000, etag='"v1"') as download:
        assert (download.start, download.etag) == (0, '"v2"')


@pytest.mark.parametrize("etag", [None, 'W/"v1"'], ids=["none", "weak"])
def test_a_tag_that_does_not_prove_the_bytes_is_no_tag(
    offer: Offer, downloads: GuardedDownloads, etag: str | None
) -> None:
    offer.etag = etag

    with downloads.open(offer.url) as download:
        assert download.etag is None


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_says_so(offer: Offer, downloads: GuardedDownloads, status: int) -> None:
    offer.status = status

    with pytest.raises(FileNotFoundError), downloads.open(offer.url):
        pass


@pytest.mark.parametrize("status", [401, 403, 416, 429, 500, 503])
def test_any_other_answer_is_an_outage(offer: Offer, downloads: GuardedDownloads, status: int) -> None:
    offer.status = status

    with pytest.raises(Upstream, match=str(status)), downloads.open(offer.url):
        pass


@pytest.mark.parametrize(
    "headers", [{"Content-Length": ""}, {"Content-Encoding": "gzip"}], ids=["no-length", "compressed"]
)
def test_a_file_whose_length_is_not_told_is_not_taken(
    offer: Offer, downloads: GuardedDownloads, headers: dict[str, str]
) -> None:
    offer.headers, offer.cut_after = headers, len(CONTENT)

    with pytest.raises(Upstream, match="without saying"), downloads.open(offer.url):
        pass


def test_a_body_that_ends_too_early_is_an_outage(offer: Offer, downloads: GuardedDownloads) -> None:
    offer.cut_after = 5000

    with pytest.raises(Upstream, match="interrupted"):
        read_all(downloads, offer)


@pytest.mark.parametrize("is_listed", [True, False])
def test_only_public_and_listed_hosts_are_asked(offer: Offer, is_listed: bool) -> None:
    downloads = GuardedDownloads([urlsplit(offer.url).netloc] if is_listed else [])

    if is_listed:
        assert read_all(downloads, offer) == CONTENT
    else:
        with pytest.raises(InvalidRequest), downloads.open(offer.url):
            pass
        assert offer.ranges == []


def test_a_redirect_to_where_we_do_not_go_is_not_followed(offer: Offer, downloads: GuardedDownloads) -> None:
    with offering() as hidden:
        offer.status, offer.headers = 302, {"Location": hidden.url}

        with pytest.raises(InvalidRequest), downloads.open(offer.url):
            pass

        assert hidden.ranges == []


def test_no_failure_tells_the_url(offer: Offer, downloads: GuardedDownloads) -> None:
    offer.cut_after = 5000
    told = []
    for url in (offer.url, "http://127.0.0.1:9/files/a.mp4?X-Amz-Signature=c0ffee"):
        listed = GuardedDownloads([urlsplit(url).netloc])
        with pytest.raises(Upstream) as failed, listed.open(url) as download:
            exhaust(download)
        told.append("".join(traceback.format_exception(failed.value)))

    assert len(told) == 2
    assert not [text for text in told if "c0ffee" in text or "/files/" in text]
