"""Record a visit to Nightwatch with the tab recorder, and write down which screens there were, and when.

    python -m demo.screens.record --out demo/screens/sample

Writes `video.webm` (as MediaRecorder made it: without duration and cues) and `truth.json`: the screens in their
order, each seen from `from_ms` until the visitor moved on at `until_ms`, in milliseconds of the video.
"""

import argparse
import base64
import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from demo.recorder.recording import CHROMIUM_FLAGS, STAGE_PATH, VIEWPORT
from demo.screens.visit import Observer

HERE = Path(__file__).parent
SITE = HERE / "site"
# Few pictures a second: those of the star tracker keep a minute from being small.
VIDEO_SETTINGS = {"mimeType": "video/webm;codecs=vp9", "videoBitsPerSecond": 100_000, "framesPerSecond": 10}


def record(out: Path) -> int:
    """Record one visit into the folder, which is made if it is missing, and return the number of screens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, name="nightwatch", daemon=True).start()
    try:
        video, screens = _record(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    out.mkdir(parents=True, exist_ok=True)
    (out / "video.webm").write_bytes(video)
    lines = ",\n".join(json.dumps(screen) for screen in screens)
    (out / "truth.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    return len(screens)


def _record(url: str) -> tuple[bytes, list[dict[str, object]]]:
    chunks: list[bytes] = []
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport=VIEWPORT)
        page.route(url + STAGE_PATH, lambda route: route.fulfill(path=HERE / "stage.html"))
        page.expose_binding("playheadVideo", lambda _source, chunk: chunks.append(base64.b64decode(chunk)))
        page.goto(url + STAGE_PATH)
        started_ms: int = page.evaluate("(settings) => stage.start(settings)", VIDEO_SETTINGS)
        app = page.frame("app")
        assert app is not None
        app.goto(url + "/")
        observer = Observer(page, app)
        observer.visit()
        page.evaluate("() => stage.stop()")
        browser.close()
    screens: list[dict[str, object]] = [
        {"name": one.name, "from_ms": one.from_epoch_ms - started_ms, "until_ms": one.until_epoch_ms - started_ms}
        for one in observer.seen
    ]
    return b"".join(chunks), screens


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the console to the recorder."""


def main() -> None:
    """Record, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    out = parser.parse_args().out
    count = record(out)
    print(f"{out}: {count} screens, {(out / 'video.webm').stat().st_size:,} bytes of video")


if __name__ == "__main__":
    main()
