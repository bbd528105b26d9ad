"""How an attempt of a step may end. The class of the outcome decides what the queue does next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.recordings.recording import Failure
from shared.structs import Struct, field


class Done(Struct, frozen=True, kw_only=True):
    """The step is done. `result` is small (it lives in the run document); large results are objects.

    `details` are facts of the recording, and `texts` its long texts by name; both are visible to readers with the
    commit and not before.
    """

    result: Mapping[str, Any] = field(default_factory=dict)
    detail: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


class Skipped(Struct, frozen=True, kw_only=True):
    """There was nothing to do, and `detail` says why."""

    detail: str


class FanOut(Struct, frozen=True, kw_only=True):
    """The step is done when every shard is: one task each, with its own input (small, ids only)."""

    shards: Sequence[Mapping[str, Any]]


Outcome = Done | Skipped | FanOut


class Permanent(Exception):
    """Trying again cannot help: the input is wrong or gone."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(code=code, message=message)


class Transient(Exception):
    """Trying again may help: something outside us failed."""


class LeaseLost(Exception):
    """Somebody else has this work now, or nobody needs it any more: stop, and leave nothing behind."""
