"""The model of this deployment, by its settings."""

from __future__ import annotations

from shared.adapters.gemini.model import GeminiModel, Patience
from shared.settings import settings


def deployed_model(patience: Patience) -> GeminiModel:
    """Return the model that the settings name, asked as the function's own identity."""
    chosen = settings()
    return GeminiModel(
        chosen.gemini_model,
        project=chosen.project,
        location=chosen.gemini_location,
        base_url=chosen.gemini_url,
        patience=patience,
    )
