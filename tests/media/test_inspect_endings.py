"""Whatever ends, browser, worker or we ourselves: there is an outcome, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from shared.adapters.browser.inspector import PlaywrightInspector
from shared.evidence.pages import ElementCounts, PageSnapshot
from shared.guard.check import check_url
from shared.ports.pages import BrowserUnavailable
from tests.media.inspected import Reply, Site, inspector_of, serve_site
from tests.media.proxied import wait_until

INSPECT = """
import sys
from functools import partial
from shared.adapters.browser.inspector import PlaywrightInspector
from shared.guard.check import check_url

allowed, url = sys.argv[1:]
check = partial(check_url, allowed_hosts={allowed}, resolve=lambda host: ["127.0.0.1"])
PlaywrightInspector(check, page_timeout_s=60).inspect([url])
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serve_site() as server:
        server.add("/hangs", Reply(b"<!doctype html><h1>Half", hangs=True))
        server.add("/busy", "<script>for (;;);</script>")
        server.add("/fine", "<button>Fine</button>")
        yield server


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the processes of this test put their files; Chromium's sockets need a short path."""
    tmp_path_factory.getbasetemp()  # pytest keeps its own elsewhere
    with TemporaryDirectory(prefix="ph-") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def when_asked(site: Site, path: str, act: Callable[[], None]) -> threading.Thread:
    """Do something once the browser has asked for a path."""

    def wait_and_act() -> None:
        wait_until(lambda: path in site.paths_asked(), what=f"the browser asked for {path}", timeout_s=30)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def started_by(pid: int, words: str) -> list[psutil.Process]:
    """Everything below a process whose command line has these words."""
    return [one for one in psutil.Process(pid).children(recursive=True) if words in " ".join(one.cmdline())]


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_without_a_chromium_there_is_no_inspection(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BrowserUnavailable):
        inspector_of(site).inspect([site.url("/fine")])


@pytest.mark.parametrize("executable", ["/nowhere/chromium", "/bin/false"])
def test_a_chromium_that_does_not_start_is_told_and_leaves_nothing(
    site: Site, temporary: Path, executable: str
) -> None:
    check = partial(check_url, allowed_hosts={site.authority}, resolve=lambda _: ["127.0.0.1"])

    with pytest.raises(BrowserUnavailable):
        PlaywrightInspector(check, executable=executable).inspect([site.url("/fine")])

    assert list(temporary.iterdir()) == []
    assert started_by(os.getpid(), "shared.adapters.browser") == []


def test_nothing_is_left_of_an_inspection(site: Site, temporary: Path) -> None:
    before = psutil.Process().children(recursive=True)

    found = inspector_of(site).inspect([site.url("/fine")])

    assert found == [PageSnapshot(url=site.url("/fine"), aria='- button "Fine"', counts=ElementCounts(buttons=1))]
    assert [one for one in psutil.Process().children(recursive=True) if one not in before and is_alive(one)] == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("words", ["--remote-debugging-pipe", "shared.adapters.browser.worker", "run-driver"])
def test_a_browser_that_is_killed_costs_the_page_it_was_at_and_no_other(site: Site, words: str) -> None:
    def kill() -> None:
        for process in started_by(os.getpid(), words):
            process.kill()

    killer = when_asked(site, "/hangs", kill)
    found = inspector_of(site).inspect([site.url("/hangs"), site.url("/fine")])
    killer.join(30)

    assert [one.error for one in found] == ["the browser ended", None]


def test_a_page_that_takes_too_much_memory_is_left(site: Site) -> None:
    url = site.add("/large", "<script>a = []; for (;;) a.push(new Uint8Array(3e7).fill(1))</script>")
    check = partial(check_url, allowed_hosts={site.authority}, resolve=lambda _: ["127.0.0.1"])

    found = PlaywrightInspector(check, max_memory_bytes=700 * 1024**2).inspect([url])

    assert found == [PageSnapshot(url=url, error="takes more than 700 MB")]


def test_a_page_that_crashes_is_told(site: Site) -> None:
    url = site.add("/heap", "<script>a = []; for (;;) a.push(new Array(1e6).fill(1))</script>")

    found = inspector_of(site).inspect([url, site.url("/fine")])

    assert [one.error for one in found] == ["the page crashed", None]


@pytest.mark.parametrize("path", ["/hangs", "/busy"])
def test_nobody_outlives_us_when_we_are_killed(site: Site, path: str) -> None:
    ours = subprocess.Popen([sys.executable, "-c", INSPECT, site.authority, site.url(path)])
    try:
        wait_until(lambda: path in site.paths_asked(), what="the browser asked", timeout_s=30)
        family = psutil.Process(ours.pid).children(recursive=True)
    finally:
        ours.send_signal(signal.SIGKILL)
        ours.wait(10)

    assert len(family) > 3
    wait_until(lambda: not any(is_alive(one) for one in family), what="everybody has ended", timeout_s=15)
