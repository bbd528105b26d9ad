"""A recording that is made in a real browser just now, and the pages that people open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from demo.record import record
from tests.integration.platform import Capture, RunningPlatform

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.mark.timeout(180)
def test_what_a_browser_records_now_goes_through_the_platform(capture: Capture, tmp_path: Path) -> None:
    record(tmp_path)
    about = json.loads((tmp_path / "recording.json").read_text())
    events = json.loads((tmp_path / "events.json").read_text())

    created = capture.create({**about, "events": events})
    capture.upload(created, (tmp_path / "video.webm").read_bytes())
    ready = capture.wait_for(created["id"])

    assert ready["status"] == "ready"
    assert ready["event_count"] == len(events)
    assert len(ready["navigations"]) > 2
    assert ready["duration_ms"] > 5_000


def test_the_documentation_page_shows_every_endpoint(platform: RunningPlatform) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{platform.url}/docs/")
        page.wait_for_selector(".opblock", timeout=20_000)
        shown = page.locator(".opblock").count()
        title = page.locator(".info .title").inner_text()
        browser.close()

    assert shown == 7
    assert "Browser recordings" in title
    assert problems == []
