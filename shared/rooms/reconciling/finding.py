"""Reconciling: what Firestore, the two stores and the provider do not agree on, one finding after the other.

    rows ──┐                      rooms ── the recordings of their meetings
    hot  ──┼─ side by side, by id             │
    cold ──┘        │                         │
                    └──▶ findings ◀───────────┘   each with a remedy, where one is safe

Looking changes nothing. Everything is read as a stream, so memory does not grow with the stores. What is under way is
no disagreement: a live run, or a file that is younger than a day. Only what the provider has just begun or ended, and
nobody has heard of yet, is named like what was missed; its remedy is what a webhook would have done.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.rooms.reconciling.disagreements import Finding, Sides
from shared.rooms.reconciling.files import compare_files, find_stale_uploads
from shared.rooms.reconciling.provider import compare_provider


def find_disagreements(sides: Sides) -> Iterator[Finding]:
    """Everything that does not agree, as it is found.

    Raises:
        Upstream: a store or the database did not answer. A room that the provider does not answer for is a finding.
    """
    yield from compare_files(sides)
    yield from find_stale_uploads(sides)
    yield from compare_provider(sides)
