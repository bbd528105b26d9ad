"""What the functions are that only the platform itself calls. An endpoint that starts does not load them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.edge.declarations import Declaration


@dataclass(frozen=True, kw_only=True)
class Trigger(Declaration):
    """A function that storage calls when an object is complete."""

    kind: ClassVar[str] = "trigger"
    signature: ClassVar[str] = "cloudevent"

    bucket: str


@dataclass(frozen=True, kw_only=True)
class Step(Declaration):
    """A function that a queue calls with a task."""

    kind: ClassVar[str] = "step"


@dataclass(frozen=True, kw_only=True)
class Task(Declaration):
    """A function that a queue calls for us, with the ids of what it is about."""

    kind: ClassVar[str] = "task"

    queue: str
    max_attempts: int


@dataclass(frozen=True, kw_only=True)
class Job(Declaration):
    """A function that the scheduler calls."""

    kind: ClassVar[str] = "job"

    schedule: str
