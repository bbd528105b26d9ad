"""What a browser finds behind a URL."""

from __future__ import annotations

from shared.structs import Struct, field


class ElementCounts(Struct, frozen=True, kw_only=True):
    """How many elements of each kind a page has; inputs are text boxes, combo boxes and spin buttons."""

    buttons: int = 0
    inputs: int = 0
    links: int = 0
    headings: int = 0
    images: int = 0

    @property
    def total(self) -> int:
        return self.buttons + self.inputs + self.links + self.headings + self.images


class PageSnapshot(Struct, frozen=True, kw_only=True):
    """One page as assistive technology is told of it, or why there is nothing to tell."""

    url: str
    counts: ElementCounts = field(default_factory=ElementCounts)
    aria: str = ""  #: Playwright's ARIA snapshot (YAML), redacted
    error: str | None = None  #: None when the page was loaded

    @property
    def is_loaded(self) -> bool:
        return self.error is None
