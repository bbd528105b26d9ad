"""Find the settled states of one video, and say how much memory that took: `python -m benchmarks.frames_peak FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.memory import peak_kb
from shared.media.frames import settled_frames


def main() -> None:
    """Print the number of states and the peak of the process's memory in kilobytes."""
    with Path(sys.argv[1]).open("rb") as video:
        count = sum(1 for _ in settled_frames(video))
    print(count, peak_kb())


if __name__ == "__main__":
    main()
