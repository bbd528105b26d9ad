"""Drive one Chromium for one inspector, as a process of its own: `python -m shared.adapters.browser.worker`.

A page can hang the browser, and the browser its driver; a process can be killed whatever it does. When the inspector
dies, the worker's standard input ends, and so do the worker, Playwright's driver and Chromium.
"""

from __future__ import annotations

import os
import signal
import sys
from queue import SimpleQueue
from threading import Thread

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from shared.adapters.browser.chromium import launch_chromium
from shared.adapters.browser.jobs import Answer, Job, Start, Started, decode, encode
from shared.adapters.browser.visiting import visit_page


def main() -> None:
    """Start the browser, then answer one job after the other."""
    lines: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read_lines, args=(lines,), daemon=True).start()
    start = decode(Start, lines.get())
    with sync_playwright() as playwright:
        try:
            browser = launch_chromium(playwright, start)
        except PlaywrightError as error:
            _tell(Started(error=error.message.split("\n")[0]))
            return
        _tell(Started())
        while True:
            _tell(visit_page(browser, start, decode(Job, lines.get())))


def _read_lines(lines: SimpleQueue[bytes]) -> None:
    """Pass on what the inspector writes, and end the whole process group when it is gone."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _tell(message: Started | Answer) -> None:
    sys.stdout.buffer.write(encode(message))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
