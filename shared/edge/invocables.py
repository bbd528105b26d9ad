"""What the functions are that only the platform itself calls. An endpoint that starts does not load them."""

from __future__ import annotations

from typing import ClassVar

from shared.edge.declarations import Declaration


class Trigger(Declaration, frozen=True, kw_only=True):
    """A function that storage calls when an object is complete."""

    kind: ClassVar[str] = "trigger"
    signature: ClassVar[str] = "cloudevent"

    bucket: str


class Step(Declaration, frozen=True, kw_only=True):
    """A function that a queue calls with a task."""

    kind: ClassVar[str] = "step"


class Task(Declaration, frozen=True, kw_only=True):
    """A function that a queue calls for us, with the ids of what it is about."""

    kind: ClassVar[str] = "task"

    queue: str
    max_attempts: int


class Job(Declaration, frozen=True, kw_only=True):
    """A function that the scheduler calls."""

    kind: ClassVar[str] = "job"

    schedule: str
