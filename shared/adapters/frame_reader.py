"""What reads frames, by this deployment's settings."""

from __future__ import annotations

from shared.ports.frames import FrameReader
from shared.settings import settings


def frame_reader() -> FrameReader:
    """The reader of this process; only the chosen one is imported."""
    if settings().frame_reader == "gemini":
        from shared.adapters.gemini.deployed import deployed_model
        from shared.adapters.gemini.frame_reader import GeminiFrameReader
        from shared.adapters.gemini.model import Patience

        return GeminiFrameReader(deployed_model(Patience()))
    from shared.media.elements_reader import LocalFrameReader

    return LocalFrameReader()
