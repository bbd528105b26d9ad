"""What reads frames, by this deployment's settings."""

from __future__ import annotations

from shared.ports.frames import FrameReader
from shared.settings import settings


def frame_reader() -> FrameReader:
    """The reader of this process; only the chosen one is imported."""
    chosen = settings()
    if chosen.frame_reader == "gemini":
        from shared.adapters.gemini.frame_reader import GeminiFrameReader

        return GeminiFrameReader(
            model=chosen.gemini_model,
            project=chosen.project,
            location=chosen.gemini_location,
            base_url=chosen.gemini_url,
        )
    from shared.media.elements_reader import LocalFrameReader

    return LocalFrameReader()
