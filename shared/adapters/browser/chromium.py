"""How Chromium is started: shut off from the machine and from every network but our proxy.

It is the headless shell, Chromium without what a person would need: half the CPU time of a page, and it asks nobody
anything of its own accord.
"""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Playwright

from shared.adapters.browser.jobs import Job, Start

VIEWPORT_WIDTH = 1280
VIEWPORT_HEIGHT = 720
START_TIMEOUT_S = 30.0

FLAGS = (
    "--no-sandbox",  # functions have no privileges to make one with; their container is the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--block-new-web-contents",
    "--proxy-bypass-list=<-loopback>",  # Chromium goes to loopback and link-local directly unless told not to
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # only the proxy resolves names
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--js-flags=--max-old-space-size=512",
)


def launch_chromium(playwright: Playwright, start: Start) -> Browser:
    """Start Chromium; without the credential of a visit its proxy lets nothing through."""
    return playwright.chromium.launch(
        executable_path=start.executable,
        args=FLAGS,
        proxy={"server": start.proxy_url},
        timeout=START_TIMEOUT_S * 1000,
    )


def open_context(browser: Browser, start: Start, job: Job) -> BrowserContext:
    """Open a profile that remembers nothing and may nothing, and that passes the proxy as this visit."""
    return browser.new_context(
        viewport={"width": VIEWPORT_WIDTH, "height": VIEWPORT_HEIGHT},
        proxy={"server": start.proxy_url, "username": job.username, "password": job.password},
        accept_downloads=False,
        service_workers="block",
        permissions=[],
    )
