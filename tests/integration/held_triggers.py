"""A platform whose storage events wait: what happens before the trigger can be looked at in peace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from shared.local.faults.arming import arm, faults_folder
from tests.integration.platform import RunningPlatform

_MORE_THAN_ANYBODY_WAITS = 1_000_000


@contextmanager
def held_triggers(platform: RunningPlatform, *faults: Mapping[str, object]) -> Iterator[None]:
    """Refuse every delivery of a storage event, beside other `faults`; afterwards they come again by themselves."""
    refusals = {"part": "storage", "at": "deliver", "do": "fail", "status": 503, "times": _MORE_THAN_ANYBODY_WAITS}
    arm(faults_folder(platform.data), [refusals, *faults])
    try:
        yield
    finally:
        arm(faults_folder(platform.data), [])
