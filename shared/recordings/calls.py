"""Calls of functions that a queue makes for us: of nobody's run, once or again later. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCall:
    """One call of a function `tasks_<name>`; two of the same `key` are one, while the queue remembers it (1 h)."""

    function: str
    key: str
    arguments: Mapping[str, str] = field(default_factory=dict)  #: ids only
    not_before: datetime | None = None

    @property
    def name(self) -> str:
        """The name of its task, as a queue takes it."""
        return hashlib.sha256(f"{self.function}/{self.key}".encode()).hexdigest()[:40]
