"""Keeping what a step has done before it is over, so that whoever goes on with it, or reads meanwhile, knows."""

from __future__ import annotations

from typing import Any

from shared.ports import Recordings, Transaction
from shared.recordings.outcomes import LeaseLost
from shared.recordings.recording import Recording
from shared.structs import replace


def keep(recording: Recording, *, run_id: str, recordings: Recordings, **facts: Any) -> None:
    """Write facts of a recording into its details while that run is its own; plain values, as documents hold them.

    Raises:
        LeaseLost: another run has taken the recording, or it is deleted.
    """

    def attempt(transaction: Transaction) -> None:
        current = transaction.recording(recording.id)
        if current is None or current.current_run != run_id:
            raise LeaseLost
        transaction.save(replace(current, details={**current.details, **facts}))

    recordings.transact(attempt)
