"""How long it takes to write down what is said, and how much memory."""

from __future__ import annotations

import io
import subprocess
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from benchmarks.function_process import ROOT
from benchmarks.memory import peak_kb
from benchmarks.report import Figure, Limit, Section
from benchmarks.timing import seconds
from shared.media.speech import transcribe
from shared.media.speech_engine import shared_engine
from tests.media.speech import HOTWORDS, NARRATION

TURNS = 3
SHORT_S, LONG_S = 180, 900
#: The narration's length to the packet, in milliseconds.
_PERIOD_MS, _PACKET_MS = 26_000, 20


def run() -> Section:
    with TemporaryDirectory() as folder:
        recordings = {}
        for duration_s in (SHORT_S, LONG_S):
            recordings[duration_s] = Path(folder, f"{duration_s}.webm")
            _write_narration(recordings[duration_s], duration_s)
        _write_down(recordings[SHORT_S])  # the model is loaded
        times = [seconds(partial(_write_down, recordings[SHORT_S])) / SHORT_S for _ in range(TURNS)]
        peaks_mb = {duration_s: _peak_mb(path) for duration_s, path in recordings.items()}
    return Section(
        title="What is said in a recording",
        method=f"An espeak-ng narration again and again, with pauses of some seconds, heard by the packaged tiny.en. "
        f"The floor of the memory is that for {SHORT_S} s.",
        figures=[
            Figure(what=f"per second of {SHORT_S} s", unit="s", values=times, limit=Limit("≤", 0.1)),
            Figure(
                what=f"peak of the process, {LONG_S} s",
                unit="MB",
                values=[peaks_mb[LONG_S]],
                floors=[peaks_mb[SHORT_S]],
                limit=Limit("≤", 1.2),
            ),
            Figure(what="the same, alone", unit="MB", values=[peaks_mb[LONG_S]], limit=Limit("≤", 700)),
        ],
    )


def _write_down(recording: Path) -> None:
    with recording.open("rb") as source:
        transcribe(source, engine=shared_engine(None), hotwords=HOTWORDS, on_progress=lambda: None)


def _write_narration(target: Path, duration_s: int) -> None:
    """Write the same packets again and again, as one long recording."""
    with av.open(io.BytesIO(NARRATION), "r") as source, av.open(str(target), "w", format="webm") as output:
        track = output.add_stream_from_template(source.streams.audio[0])
        contents = [bytes(packet) for packet in source.demux(audio=0) if packet.size]
        for at_ms in range(0, duration_s * 1000, _PACKET_MS):
            packet = av.Packet(contents[at_ms % _PERIOD_MS // _PACKET_MS])
            packet.stream, packet.time_base = track, Fraction(1, 1000)
            packet.pts = packet.dts = at_ms
            output.mux(packet)


def _peak_mb(recording: Path) -> float:
    """The peak of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speech", str(recording)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(answer.stdout) / 1024


if __name__ == "__main__":
    _write_down(Path(sys.argv[1]))
    print(peak_kb())
