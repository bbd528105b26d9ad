"""How Chromium is started: shut off from the machine and from every network but our proxy."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Playwright

from shared.adapters.browser.jobs import Job, Start

VIEWPORT_WIDTH = 1280
VIEWPORT_HEIGHT = 720
START_TIMEOUT_S = 30.0

#: What Chromium would ask the world of its own accord, in the name of the page. The last such flag counts, so the
#: features that Playwright itself disables, as far as they matter here, stand here again.
_DISABLED_FEATURES = (
    "AutofillServerCommunication",  # sends the shape of every form away
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "MediaRouter",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "DestroyProfileOnBrowserClose",
    "PaintHolding",
)

FLAGS = (
    "--no-sandbox",  # functions have no privileges to make one with; their container is the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--deny-permission-prompts",
    "--proxy-bypass-list=<-loopback>",  # Chromium goes to loopback and link-local directly unless told not to
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # only the proxy resolves names
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    f"--disable-features={','.join(_DISABLED_FEATURES)}",
    "--js-flags=--max-old-space-size=512",
)


def launch_chromium(playwright: Playwright, start: Start) -> Browser:
    """Start Chromium; without the credential of a visit its proxy lets nothing through."""
    return playwright.chromium.launch(
        executable_path=start.executable,
        args=FLAGS,
        ignore_default_args=["--disable-popup-blocking"],
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
