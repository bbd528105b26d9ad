"""The browser that looks at pages, by this deployment's settings."""

from __future__ import annotations

from functools import partial

from shared.adapters.browser.inspector import PlaywrightInspector
from shared.guard.check import check_url
from shared.settings import settings


def page_inspector() -> PlaywrightInspector:
    """The inspector of this process; a browser is started by each call."""
    return PlaywrightInspector(partial(check_url, allowed_hosts=frozenset(settings().allowed_hosts)))
