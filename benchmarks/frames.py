"""What it takes to find the settled states of a screen recording."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from moviepy import VideoFileClip

from benchmarks.frames_videos import write_screens
from benchmarks.function_process import ROOT
from benchmarks.report import Figure, Limit, Section
from benchmarks.timing import alternate, seconds
from shared.media.frames import settled_frames

TURNS = 3
SHORT_S, MINUTES_3_S, HOUR_S = 60, 180, 3600
LONG_FPS = 5
SAMPLE = ROOT / "demo" / "screens" / "sample" / "video.webm"


def run() -> Section:
    with TemporaryDirectory() as folder:
        videos = {"a real VP9 recording": SAMPLE}
        for title, codec in (("VP8", "libvpx"), ("VP9", "libvpx-vp9")):
            videos[f"{SHORT_S} s of {title}, 30 fps"] = target = Path(folder, title)
            write_screens(target, duration_s=SHORT_S, fps=30, codec=codec)
        figures = [figure for title, video in videos.items() for figure in _time(title, video)]
        figures.append(_memory(Path(folder)))
    return Section(
        title="The settled states of a screen recording",
        method="Videos of 1280×720. The floor of a time is a bare decode of the same file with PyAV, or with moviepy "
        "the plain way: one picture a second, none of them compared. The floor of the memory is that for 3 minutes.",
        figures=figures,
    )


def _time(title: str, video: Path) -> list[Figure]:
    works = (_find_states, _decode, _iterate_with_moviepy)
    ours, bare, peer = alternate(TURNS, *(partial(seconds, partial(work, video)) for work in works))
    return [
        Figure(what=f"states of {title}: over a decode", unit="s", values=ours, floors=bare, limit=Limit("≤", 1.5)),
        Figure(what=f"states of {title}: over moviepy", unit="s", values=ours, floors=peer, limit=Limit("≤", 1)),
    ]


def _find_states(video: Path) -> None:
    with video.open("rb") as source:
        for _ in settled_frames(source):
            pass


def _decode(video: Path) -> None:
    with av.open(str(video)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass


def _iterate_with_moviepy(video: Path) -> None:
    # A browser's recording has no duration: moviepy must decode it to find one.
    with VideoFileClip(str(video), audio=False, decode_file=video == SAMPLE) as clip:
        for _ in clip.iter_frames(fps=1):
            pass


def _memory(folder: Path) -> Figure:
    peaks_mb = []
    for duration_s in (MINUTES_3_S, HOUR_S):
        target = folder / f"{duration_s}.webm"
        write_screens(target, duration_s=duration_s, fps=LONG_FPS)
        peaks_mb.append(_peak_mb(target))
    return Figure(
        what="peak of the process, 1 h",
        unit="MB",
        values=[peaks_mb[1]],
        floors=[peaks_mb[0]],
        limit=Limit("≤", 1.2),
    )


def _peak_mb(video: Path) -> float:
    """The peak of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.frames_peak", str(video)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[1]) / 1024
