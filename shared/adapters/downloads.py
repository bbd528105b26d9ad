"""Downloads over `requests`, through the guard of URLs that come from others.

A download URL carries its own credentials. `requests` puts URLs into its messages, so what it raises is not chained.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus

from requests import RequestException, Response
from urllib3.exceptions import HTTPError, TimeoutError

from shared.errors import Upstream, UpstreamTimeout
from shared.guard.check import check_url
from shared.guard.session import guarded_session
from shared.settings import settings

CONNECT_TIMEOUT_S = 10
#: For each piece that arrives; whoever downloads judges the whole.
READ_TIMEOUT_S = 30

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class HttpDownload:
    """`Download`: the body of an answer, as it arrives."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer
        self.start, self.size_bytes = _extent(answer)

    @property
    def etag(self) -> str | None:
        etag = self._answer.headers.get("ETag")
        return etag if etag and not etag.startswith("W/") else None

    def read(self, size_bytes: int) -> bytes:
        try:
            content: bytes = self._answer.raw.read(size_bytes, decode_content=False)
        except TimeoutError:
            raise UpstreamTimeout("the download stands still") from None
        except (HTTPError, OSError) as error:
            raise Upstream(f"the download was interrupted: {type(error).__name__}") from None
        return content


class GuardedDownloads:
    """`Downloads` from the public internet, and from the hosts that the deployment lists."""

    def __init__(self, allowed_hosts: Collection[str]) -> None:
        self._check = partial(check_url, allowed_hosts=frozenset(allowed_hosts))

    @contextmanager
    def open(self, url: str, *, start: int = 0, etag: str | None = None) -> Iterator[HttpDownload]:
        headers = {"Accept-Encoding": "identity"}
        if start and etag:
            headers |= {"Range": f"bytes={start}-", "If-Range": etag}
        with guarded_session(self._check) as session:
            try:
                answer = session.get(url, headers=headers, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S))
            except RequestException as error:
                raise Upstream(f"the download did not begin: {type(error).__name__}") from None
            with answer:
                yield HttpDownload(answer)


def _extent(answer: Response) -> tuple[int, int]:
    """With which byte the answer begins, and how long the file is."""
    if answer.status_code in _GONE:
        raise FileNotFoundError("the file is not offered any more")
    if answer.status_code == HTTPStatus.PARTIAL_CONTENT:
        told = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if told:
            return int(told[1]), int(told[2])
    length = answer.headers.get("Content-Length", "")
    if answer.status_code == HTTPStatus.OK and length.isdecimal() and "Content-Encoding" not in answer.headers:
        return 0, int(length)
    raise Upstream(f"the download was answered {answer.status_code}, without saying what it is")


def downloads() -> GuardedDownloads:
    """The downloads of this process."""
    chosen = settings()
    return GuardedDownloads((*chosen.allowed_hosts, *chosen.recording_hosts))
