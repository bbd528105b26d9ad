"""Do the work of one step on a file, and print the peak of the process in kilobytes: `… feedback_peak STEP FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from benchmarks.memory import peak_kb
from shared.structs import replace

#: A task of `read_screens` has so many frames.
FRAMES = 8
HOTWORDS = "Pricing Monthly Yearly billing Starter Professional Enterprise Coupon balance checkout"


def extract_frames(video: Path) -> None:
    """Find the states, and keep their pictures as files."""
    from shared.media.frames import png, settled_frames

    with video.open("rb") as source:
        kept = [png(frame.picture) for frame in settled_frames(source)]
    sys.stderr.write(f"{len(kept)} pictures\n")


def read_screens(video: Path) -> None:
    """Read the lines on the pictures of one task."""
    from shared.media.frames import png, settled_frames
    from shared.media.ocr import LineReader
    from shared.media.ocr_picture import decode_png

    reader = LineReader()
    with video.open("rb") as source:
        for frame in islice(settled_frames(source), FRAMES):
            reader.read(decode_png(png(frame.picture)))


def transcribe_speech(video: Path) -> None:
    """Write down what is said."""
    from shared.media.speech import transcribe
    from shared.media.speech_engine import shared_engine

    with video.open("rb") as source:
        transcribe(source, engine=shared_engine(None), hotwords="", on_progress=lambda: None)


def refine_transcript(video: Path) -> None:
    """Hear again all that is said, with words that may be on the screen."""
    from shared.evidence.transcript import Transcript, Word
    from shared.media.speech import refine
    from shared.media.speech_engine import shared_engine

    uncertain = Word(text="", start_s=0, end_s=0, probability=0)
    words = tuple(replace(uncertain, start_s=float(second), end_s=float(second)) for second in range(1800))
    with video.open("rb") as source:
        refine(
            source,
            Transcript(words=words),
            engine=shared_engine(None),
            hotwords=lambda *_: HOTWORDS,
            on_progress=lambda: None,
        )


WORK: dict[str, Callable[[Path], None]] = {
    one.__name__: one for one in (extract_frames, read_screens, transcribe_speech, refine_transcript)
}

if __name__ == "__main__":
    WORK[sys.argv[1]](Path(sys.argv[2]))
    print(peak_kb())
