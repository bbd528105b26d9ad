"""`PageInspector` with Playwright and the system's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from time import monotonic

from shared.adapters.browser.browser_session import BrowserSession
from shared.adapters.browser.exchange import authority_of
from shared.adapters.browser.failures import TIMED_OUT, reason_of_size
from shared.adapters.browser.jobs import Answer, Start
from shared.adapters.browser.proxy import ForwardProxy
from shared.adapters.browser.redaction import redact_urls
from shared.adapters.browser.visits import Visit
from shared.evidence.pages import PageSnapshot
from shared.guard.check import Check
from shared.guard.errors import ForbiddenAddress, NameNotFound
from shared.ports.pages import BrowserUnavailable

CHROMIUM = "chromium-headless-shell"
PAGE_TIMEOUT_S = 15.0
MAX_PAGE_BYTES = 50 * 1024 * 1024
#: An ordinary page has worker, driver and browser take 300 MB, besides what they share.
MAX_MEMORY_BYTES = 1536 * 1024 * 1024


class PlaywrightInspector:
    """Look at pages with one browser process per call; 450 MB, and at most 16 s a page besides the browser's start.

    `check` is the guard with the deployment's lists; `executable` is found on the PATH when it is not given.
    """

    def __init__(
        self,
        check: Check,
        *,
        executable: str | None = None,
        page_timeout_s: float = PAGE_TIMEOUT_S,
        max_page_bytes: int = MAX_PAGE_BYTES,
        max_memory_bytes: int = MAX_MEMORY_BYTES,
    ) -> None:
        self._check = check
        self._executable = executable or shutil.which(CHROMIUM)
        self._page_timeout_s = page_timeout_s
        self._max_page_bytes = max_page_bytes
        self._max_memory_bytes = max_memory_bytes

    def inspect(self, urls: Sequence[str]) -> list[PageSnapshot]:
        if not self._executable:
            raise BrowserUnavailable(f"There is no {CHROMIUM} on this machine.")
        with ForwardProxy(self._check) as proxy:
            start = Start(executable=self._executable, proxy_url=proxy.url)
            with BrowserSession(start, self._max_memory_bytes) as browser:
                return [self._inspect_one(url, proxy, browser) for url in urls]

    def _inspect_one(self, url: str, proxy: ForwardProxy, browser: BrowserSession) -> PageSnapshot:
        shown_url = redact_urls(url)
        started = monotonic()
        try:
            self._check(url)
        except ForbiddenAddress as error:
            return PageSnapshot(url=shown_url, error=f"refused: {error.reason}")
        except NameNotFound:
            return PageSnapshot(url=shown_url, error="name not found")
        left_s = max(self._page_timeout_s - (monotonic() - started), 0)
        with proxy.admit(max_bytes=self._max_page_bytes) as visit:
            answer = browser.visit(url, visit, left_s)
        reason = self._reason(answer, visit)
        if reason:
            return PageSnapshot(url=shown_url, error=reason)
        return PageSnapshot(url=shown_url, counts=answer.counts, aria=answer.aria)

    def _reason(self, answer: Answer, visit: Visit) -> str | None:
        """Why the page counts as not loaded: what the proxy saw explains more than what the browser saw."""
        if visit.refusals:
            return f"refused: {visit.refusals[0]}"
        if visit.is_over_budget:
            return reason_of_size(visit.max_bytes)
        if answer.error == TIMED_OUT:
            return f"timed out after {self._page_timeout_s:g} s"
        if answer.error:
            return visit.failures.get(authority_of(answer.document_url), answer.error)
        return None
