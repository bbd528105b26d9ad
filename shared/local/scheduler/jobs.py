"""What a job is, and when it is due."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cronsim import CronSim


@dataclass(frozen=True, slots=True)
class Job:
    """One job: a POST to `url` on behalf of `account` whenever `schedule` (cron, UTC) says so.

    `timeout_s` is the deadline of one attempt, in total.
    """

    name: str
    schedule: str
    url: str
    account: str
    audience: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration file: the jobs, and what signs their tokens."""

    jobs: list[Job]
    issuer: str
    identity_key: Path


def read_config(path: Path) -> Config:
    """Read the configuration at `path` (JSON).

    Raises:
        cronsim.CronSimError: a schedule that is not cron; better at the start than at the first tick.
    """
    content: dict[str, Any] = json.loads(path.read_text())
    jobs = [Job(**settings) for settings in content["jobs"]]
    for job in jobs:
        next_tick(job.schedule, datetime.now(UTC))
    return Config(jobs, content["issuer"], Path(content["identity_key"]))


def next_tick(schedule: str, after: datetime) -> datetime:
    """Return the first moment of `schedule` later than `after`, in the zone of `after`."""
    tick: datetime = next(CronSim(schedule, after))
    return tick
