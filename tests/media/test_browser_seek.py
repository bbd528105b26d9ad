"""Chromium plays what `remux` writes: it knows how long it is and shows the picture of any moment."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import pytest
from playwright.sync_api import Browser

from shared.media.remux import remux
from tests.media.range_server import serve_folder
from tests.media.videos import grey_of, make_browser_webm, make_media, make_mp4

PLAYER = "<!doctype html><video muted preload=auto></video>"

SEEK = """
async ([source, seconds]) => {
  const video = document.querySelector("video");
  const happened = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener("error", () => reject(video.error.message), { once: true });
  });
  const loaded = happened("loadeddata");
  video.src = source;
  await loaded;
  const duration = Number.isFinite(video.duration) ? video.duration : null;
  const shown = new Promise((resolve) => {
    // `seeked` comes before the picture does.
    const look = (_, { mediaTime }) => mediaTime > seconds - 0.2 ? resolve() : video.requestVideoFrameCallback(look);
    video.requestVideoFrameCallback(look);
    setTimeout(resolve, 10000);
  });
  const seeked = happened("seeked");
  video.currentTime = seconds;
  await Promise.all([seeked, shown]);
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext("2d");
  canvas.drawImage(video, 0, 0);
  const pixel = canvas.getImageData(video.videoWidth / 2, video.videoHeight / 2, 1, 1).data;
  return { duration, grey: pixel[1] };
}
"""


class Seen(TypedDict):
    """The duration that the player shows, None for an endless one, and the brightness of its picture."""

    duration: float | None
    grey: int


def _seek(chromium: Browser, folder: Path, name: str, seconds: float) -> Seen:
    (folder / "player.html").write_text(PLAYER)
    with serve_folder(folder) as address, chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/player.html")
        seen: Seen = page.evaluate(SEEK, [f"{address}/{name}", seconds])
        return seen


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_browser_webm, "video.webm"),
        (lambda: make_browser_webm(video="libvpx-vp9"), "video.webm"),
        (make_mp4, "video.mp4"),
        (lambda: make_mp4("mov"), "video.mp4"),
        (lambda: make_media("matroska", video="libx264", audio="aac"), "video.mp4"),
    ],
    ids=["vp8", "vp9", "mp4", "mov", "h264 in matroska"],
)
def test_chromium_knows_the_duration_and_seeks_to_the_picture(
    chromium: Browser, tmp_path: Path, make: Callable[[], bytes], name: str
) -> None:
    remux(io.BytesIO(make()), tmp_path / name, on_progress=lambda: None)

    seen = _seek(chromium, tmp_path, name, 2.25)

    assert seen["duration"] == pytest.approx(3.0, abs=0.1)
    assert seen["grey"] == pytest.approx(grey_of(22), abs=4)


def test_chromium_does_not_know_the_duration_before_the_remux(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "video.webm").write_bytes(make_browser_webm())

    assert _seek(chromium, tmp_path, "video.webm", 0.5)["duration"] is None
