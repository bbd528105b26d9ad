"""Run a sweep on a platform as if hours had passed, in a process of its own with the platform's settings.

python -m tests.integration.film_sweep sweep_orphans 25
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

from shared import ports
from shared.recordings import sweeps
from shared.wiring import wired
from tests.integration.platform import RunningPlatform, clean_environment


def sweep_orphans_later(platform: RunningPlatform) -> None:
    """Remove what nothing reaches, when it is old enough to be no work in progress."""
    _run(platform, "sweep_orphans", hours=25)


def requeue_stalled_later(platform: RunningPlatform) -> None:
    """Give steps whose tasks were lost new ones, when nobody waits for the old ones any more."""
    _run(platform, "requeue_stalled", hours=1)


def _run(platform: RunningPlatform, sweep: str, *, hours: int) -> None:
    command = [sys.executable, "-m", __name__, sweep, str(hours)]
    subprocess.run(command, env=clean_environment(platform.environment), check=True, timeout=60)


def main() -> None:
    sweep, hours = sys.argv[1:]
    recordings, media = wired(ports.Recordings), wired(ports.Media)
    known = {
        "sweep_orphans": partial(sweeps.sweep_orphans, media=media),
        "requeue_stalled": partial(sweeps.requeue_stalled, tasks=wired(ports.Tasks)),
    }
    known[sweep](recordings=recordings, now=datetime.now(UTC) + timedelta(hours=int(hours)))


if __name__ == "__main__":
    main()
