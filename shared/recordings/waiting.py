"""Waiting for a run, where a contract answers only when the work is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from shared.errors import NotFound
from shared.ports import Recordings
from shared.recordings.runs import Run, RunState

PATIENCE = timedelta(seconds=240)
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 2.0
_GROWTH = 1.3


def wait_for_run(
    run_id: str,
    *,
    recordings: Recordings,
    patience: timedelta = PATIENCE,
    now_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Run:
    """The run once it has ended, or as it is when the patience is over; costs a read every 0.5 to 2 s.

    Raises:
        NotFound: its recording was deleted meanwhile.
    """
    ends_at = now_s() + patience.total_seconds()
    pause_s = _FIRST_PAUSE_S
    while True:
        run = recordings.find_run(run_id)
        if run is None or run.state is RunState.CANCELLED:
            raise NotFound("recording not found")
        if run.state is not RunState.LIVE or now_s() + pause_s > ends_at:
            return run
        sleep(pause_s)
        pause_s = min(pause_s * _GROWTH, _LONGEST_PAUSE_S)
