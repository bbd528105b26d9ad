"""What it takes to bring a long meeting's file from the provider into the store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.function_process import ROOT
from benchmarks.report import Figure, Limit, Section
from benchmarks.timing import alternate

TURNS = 3
SIZE_BYTES = 2 * 1024**3
PEAK_MB = 150


def run() -> Section:
    peaks_mb: list[float] = []
    with _serving("source") as source, _serving("store") as store:

        def importing() -> float:
            took_s, peak_kb = _measure("import", source, store)
            peaks_mb.append(peak_kb / 1024)
            return took_s

        imports, downloads = alternate(TURNS, importing, lambda: _measure("download", source, store)[0])
    return Section(
        title="The import of a meeting's file",
        method="A generated file of 2 GiB from a local HTTP server into a local S3 server that keeps only sums: with "
        "parts of 8 MiB, their MD5s, the signatures of a connection without TLS, and the step's own clients, in a "
        "process of its own. The floor is a bare download of the same file.",
        figures=[
            Figure(what="peak of the process, 2 GiB", unit="MB", values=peaks_mb, limit=Limit("≤", PEAK_MB)),
            Figure(what="import of 2 GiB: over a download", unit="s", values=imports, floors=downloads),
        ],
    )


@contextmanager
def _serving(which: str) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.rooms_import_servers", which, str(SIZE_BYTES)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def _measure(work: str, source: str, store: str) -> tuple[float, int]:
    """The seconds and the peak in KiB of one process that does it."""
    command = [sys.executable, "-m", "benchmarks.rooms_import_peak", work, f"{source}/file", store]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    took_s, peak_kb = said.split()
    return float(took_s), int(peak_kb)
