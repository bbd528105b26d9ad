"""Read the file that says which queues there are and with which key tokens are signed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from google.cloud.tasks_v2 import Queue, RateLimits, RetryConfig

from shared.local.tasks.messages import duration
from shared.local.tasks.queues import complete_queue


class QueueSettings(TypedDict):
    """One queue of the file. Attempts are unlimited unless the file says otherwise."""

    name: str
    max_concurrent: int
    max_per_s: float
    min_backoff_s: float
    max_backoff_s: float
    max_doublings: int
    max_attempts: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file: complete queues, and what signs the tokens."""

    queues: list[Queue]
    issuer: str
    identity_key: Path


def read_config(path: Path) -> Config:
    """Read the configuration at `path` (JSON)."""
    content = json.loads(path.read_text())
    return Config(
        queues=[_queue(settings) for settings in content["queues"]],
        issuer=content["issuer"],
        identity_key=Path(content["identity_key"]),
    )


def _queue(settings: QueueSettings) -> Queue:
    return complete_queue(
        Queue(
            name=settings["name"],
            rate_limits=RateLimits(
                max_dispatches_per_second=settings["max_per_s"],
                max_concurrent_dispatches=settings["max_concurrent"],
            ),
            retry_config=RetryConfig(
                max_attempts=settings.get("max_attempts", -1),
                min_backoff=duration(settings["min_backoff_s"]),
                max_backoff=duration(settings["max_backoff_s"]),
                max_doublings=settings["max_doublings"],
            ),
        )
    )
