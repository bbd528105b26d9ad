"""Measure everything, or what is named: `make bench`, or `playhead up -- python -m benchmarks [NAME …]`.

The whole writes `docs/benchmarks.md`. The exit status is 1 when a limit is not met.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

from benchmarks import (
    cold_start,
    create_recording,
    feedback,
    frames,
    get_recording,
    list_recordings,
    ocr,
    process_video,
    rooms_import,
    rooms_list,
    sessions,
    sessions_crowd,
    speech,
    stream_events,
)
from benchmarks.function_process import ROOT
from benchmarks.report import Section, machine

BENCHMARKS: dict[str, Callable[[], Section]] = {
    "get": get_recording.run,
    "cold-start": cold_start.run,
    "create": create_recording.run,
    "stream": stream_events.run,
    "process": process_video.run,
    "list": list_recordings.run,
    "rooms-list": rooms_list.run,
    "rooms-import": rooms_import.run,
    "frames": frames.run,
    "ocr": ocr.run,
    "sessions": sessions.run,
    "sessions-crowd": sessions_crowd.run,
    "speech": speech.run,
    "feedback": feedback.run,
}
REPORT = ROOT / "docs" / "benchmarks.md"
PREAMBLE = """# Benchmarks

Written by `make bench`. Every figure is the median of n. A ratio compares with a floor that is measured in the same
turns. Times depend on the machine; the ratios are what is promised. The servers behind the functions (Firestore, Cloud
Storage, Cloud Tasks) are those of the local platform.
"""


def main() -> int:
    """Run the chosen benchmarks; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    chosen = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(chosen) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    if "PLAYHEAD_URL" not in os.environ:
        parser.error("there is no platform: run `playhead up -- python -m benchmarks`")
    sections = [_measure(name) for name in chosen]
    if chosen == list(BENCHMARKS):
        REPORT.write_text("\n".join([PREAMBLE, machine() + "\n", *(section.markdown() for section in sections)]))
        print(f"written to {REPORT.relative_to(ROOT)}")
    missed = [figure.what for section in sections for figure in section.figures if figure.is_met is False]
    for what in missed:
        print(f"not met: {what}")
    return 1 if missed else 0


def _measure(name: str) -> Section:
    started = time.monotonic()
    section = BENCHMARKS[name]()
    print(f"{section.markdown()}\n({name} took {time.monotonic() - started:.0f} s)\n", flush=True)
    return section


if __name__ == "__main__":
    sys.exit(main())
