"""Who analyses recordings, by this deployment's settings."""

from __future__ import annotations

from shared.evidence.analysis import Draft
from shared.evidence.offline_analyst.drafting import NAME, draft_of
from shared.evidence.timeline import Timeline
from shared.ports.analysts import Analyst, Brief
from shared.settings import settings


class OfflineAnalyst:
    """Says what the evidence says, and needs nobody for it."""

    name = NAME

    def analyse(self, timeline: Timeline, brief: Brief) -> Draft:  # noqa: ARG002 - what was wanted is no evidence
        """Return the same draft for the same timeline; never fails."""
        return draft_of(timeline)


def analyst() -> Analyst:
    """The analyst of this process; only the chosen one is imported."""
    chosen = settings()
    if chosen.analyst == "gemini":
        from shared.adapters.gemini.analyst import PATIENCE, GeminiAnalyst
        from shared.adapters.gemini.deployed import deployed_model

        return GeminiAnalyst(deployed_model(PATIENCE), max_tokens=chosen.analysis_max_tokens)
    return OfflineAnalyst()
