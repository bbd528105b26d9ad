"""Load one page in Chromium, let it settle, and read it."""

from __future__ import annotations

from contextlib import closing, suppress
from time import monotonic

from playwright.sync_api import Browser, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from shared.adapters.browser.aria import bound_snapshot, count_elements
from shared.adapters.browser.chromium import open_context
from shared.adapters.browser.failures import TIMED_OUT, reason_of, reason_of_response
from shared.adapters.browser.jobs import Answer, Job, Start
from shared.adapters.browser.redaction import BLANK_SECRETS, redact_urls

#: Pages that never stop talking are read as they are after this time.
SETTLE_S = 5.0
#: What is left for reading the page, whatever else takes long.
READ_S = 2.0

#: How Playwright says that browser or driver ended.
_GONE = ("has been closed", "connection closed")


class Unreadable(Exception):
    """There is no page to read, and this is why."""


class Document:
    """What the page itself was last asked from, and what came back, through redirects and scripts that go elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._response: Response | None = None

    def follow(self, page: Page) -> None:
        """Watch what the page asks for."""
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    @property
    def fault(self) -> str | None:
        """Why what came back is no page, or None."""
        if self._response is None:
            return None
        return reason_of_response(self._response.status, self._response.headers.get("content-type", ""))

    def require_page(self, page: Page) -> None:
        """Make sure that what the browser shows is a page of a web server.

        Raises:
            Unreadable: it is something else.
        """
        fault = self.fault or ("could not be loaded" if page.url.startswith("chrome-error:") else None)
        if fault:
            raise Unreadable(fault)

    def _on_request(self, request: Request) -> None:
        if _is_for_document(request):
            self.url, self._response = request.url, None

    def _on_response(self, response: Response) -> None:
        if _is_for_document(response.request):
            self._response = response


def visit_page(browser: Browser, start: Start, job: Job) -> Answer:
    """Load a page and read it, or say why not, within the job's time if the browser lets us."""
    deadline = monotonic() + job.timeout_s
    document = Document(job.url)
    try:
        with closing(open_context(browser, start, job)) as context:
            page = context.new_page()
            context.on("page", _close)
            document.follow(page)
            snapshot = _read(page, document, job.url, deadline)
    except PlaywrightTimeoutError:
        return Answer(document_url=document.url, error=TIMED_OUT)
    except PlaywrightError as error:
        if any(phrase in error.message for phrase in _GONE):
            raise  # ends the worker, which says enough
        return Answer(document_url=document.url, error=document.fault or reason_of(error.message))
    except Unreadable as error:
        return Answer(document_url=document.url, error=str(error))
    return Answer(
        document_url=document.url, aria=bound_snapshot(redact_urls(snapshot)), counts=count_elements(snapshot)
    )


def _read(page: Page, document: Document, url: str, deadline: float) -> str:
    page.goto(url, wait_until="domcontentloaded", timeout=_remaining_ms(deadline))
    document.require_page(page)
    with suppress(PlaywrightTimeoutError):
        settle_ms = min(SETTLE_S * 1000, _remaining_ms(deadline - READ_S))
        page.wait_for_load_state("networkidle", timeout=settle_ms)
    _freeze(page)
    document.require_page(page)
    page.evaluate(BLANK_SECRETS)
    return page.aria_snapshot(timeout=_remaining_ms(deadline))


def _is_for_document(request: Request) -> bool:
    return request.is_navigation_request() and request.frame.parent_frame is None


def _freeze(page: Page) -> None:
    """Stop the page's scripts, so that none puts a secret back between blanking and reading."""
    page.context.new_cdp_session(page).send("Emulation.setScriptExecutionDisabled", {"value": True})


def _remaining_ms(deadline: float) -> float:
    """What is left until then; never 0, which would mean without end."""
    return max((deadline - monotonic()) * 1000, 1)


def _close(popup: Page) -> None:
    with suppress(PlaywrightError):
        popup.close()
