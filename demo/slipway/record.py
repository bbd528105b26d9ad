"""Record a visit to Slipway with the tab recorder, and write down what the page says of its screens.

    python -m demo.slipway.record --out demo/slipway/sample

Writes `video.webm` (as MediaRecorder made it: without duration and cues) and `truth.json`: the screens in their
order, each at rest from `from_ms` until something moved at `until_ms`, in milliseconds of the video.
"""

import argparse
import base64
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Route, sync_playwright

from demo import screens
from demo.recorder.recording import CHROMIUM_FLAGS, STAGE_PATH, VIEWPORT
from demo.slipway.visit import Foreman

SITE = Path(__file__).parent / "site"
# The stage that records a tab without sound.
STAGE = Path(screens.__file__).parent / "stage.html"
# Nothing listens there: the browser is given the files before it asks. Only a secure origin may capture its tab.
ORIGIN = "http://localhost"
VIDEO_SETTINGS = {"mimeType": "video/webm;codecs=vp9", "videoBitsPerSecond": 100_000, "framesPerSecond": 15}


def record(out: Path) -> int:
    """Record one visit into the folder, which is made if it is missing, and return the number of screens."""
    video, seen = _record()
    out.mkdir(parents=True, exist_ok=True)
    (out / "video.webm").write_bytes(video)
    lines = ",\n".join(json.dumps(screen) for screen in seen)
    (out / "truth.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    return len(seen)


def _record() -> tuple[bytes, list[dict[str, str | int]]]:
    chunks: list[bytes] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport=VIEWPORT)
        page.route(f"{ORIGIN}/**", _answer)
        page.expose_binding("playheadVideo", lambda _source, chunk: chunks.append(base64.b64decode(chunk)))
        page.goto(ORIGIN + STAGE_PATH)
        started_ms: int = page.evaluate("(settings) => stage.start(settings)", VIDEO_SETTINGS)
        app = page.frame("app")
        if app is None:
            raise RuntimeError("the stage has no frame for the application")
        app.goto(f"{ORIGIN}/index.html")
        Foreman(page, app).visit()
        seen = app.evaluate("() => { account.leave(); return account.seen; }")
        page.evaluate("() => stage.stop()")
        browser.close()
    return b"".join(chunks), [
        {"name": one["name"], "from_ms": one["from_ms"] - started_ms, "until_ms": one["until_ms"] - started_ms}
        for one in seen
    ]


def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    route.fulfill(path=STAGE if path == STAGE_PATH else SITE / Path(path).name)


def main() -> None:
    """Record, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    out = parser.parse_args().out
    count = record(out)
    print(f"{out}: {count} screens, {(out / 'video.webm').stat().st_size:,} bytes of video")


if __name__ == "__main__":
    main()
