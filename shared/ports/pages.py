"""What the use cases need from a browser that looks at pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from shared.errors import PlayheadError

if TYPE_CHECKING:
    from shared.evidence.pages import PageSnapshot


class BrowserUnavailable(PlayheadError):
    """No browser could be started."""

    code = "browser_unavailable"


class PageInspector(Protocol):
    """A browser that looks at pages."""

    def inspect(self, urls: Sequence[str]) -> list[PageSnapshot]:
        """Load each URL in a browser that remembers nothing, and tell what assistive technology is told of the page.

        One snapshot per URL, in the order given; a page that cannot be had is a snapshot with its `error`. May be
        called again: nothing is kept.

        Raises:
            BrowserUnavailable: there is no browser, or it does not start.
        """
