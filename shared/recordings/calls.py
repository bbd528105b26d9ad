"""Calls of functions that a queue makes for us: of nobody's run, once or again later. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from shared.structs import Struct, field


class QueuedCall(Struct, frozen=True, kw_only=True):
    """One call of a function `tasks_<name>`; two of the same `key` are one, while the queue remembers it (1 h)."""

    function: str
    key: str
    arguments: Mapping[str, str] = field(default_factory=dict)  #: ids only
    not_before: datetime | None = None

    @property
    def name(self) -> str:
        """The name of its task, as a queue takes it."""
        return hashlib.sha256(f"{self.function}/{self.key}".encode()).hexdigest()[:40]
