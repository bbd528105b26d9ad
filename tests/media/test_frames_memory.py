"""Memory does not grow with the length of a video."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av

from tests.media.screens import make_screens

PEAK = """
import pathlib, resource, sys
from shared.media.frames import settled_frames
with pathlib.Path(sys.argv[1]).open("rb") as video:
    count = sum(1 for _ in settled_frames(video))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
PAGES = [(0, 1), (2000, 2)]
CYCLE_MS = 4000
TIMES_MS = range(0, CYCLE_MS, 200)


def _repeat(video: bytes, target: Path, cycles: int) -> None:
    """Write the same pictures again and again, as one long video."""
    first = target.with_suffix(".first")
    first.write_bytes(video)
    with av.open(str(first)) as source, av.open(str(target), "w", format="webm") as output:
        track = output.add_stream_from_template(source.streams.video[0])
        packets = [(bytes(packet), packet.is_keyframe) for packet in source.demux(video=0) if packet.size]
        for number in range(cycles * len(packets)):
            content, is_keyframe = packets[number % len(packets)]
            packet = av.Packet(content)
            packet.stream, packet.time_base = track, Fraction(1, 1000)
            packet.pts = packet.dts = number * 200
            packet.is_keyframe = is_keyframe
            output.mux(packet)


def _count_and_peak(video: Path) -> tuple[int, int]:
    answer = subprocess.run(
        [sys.executable, "-c", PEAK, str(video)], capture_output=True, text=True, check=True, timeout=120
    )
    count, peak_kb = answer.stdout.split()
    return int(count), int(peak_kb)


def test_a_video_thirty_times_as_long_takes_the_same_memory(tmp_path: Path) -> None:
    video = make_screens(PAGES, TIMES_MS)
    _repeat(video, tmp_path / "short.webm", 5)
    _repeat(video, tmp_path / "long.webm", 150)

    short_count, short_kb = _count_and_peak(tmp_path / "short.webm")
    long_count, long_kb = _count_and_peak(tmp_path / "long.webm")

    assert (short_count, long_count) == (10, 300)
    assert long_kb < 1.2 * short_kb
