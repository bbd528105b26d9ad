"""What inspector and worker say to each other: one JSON object a line, on the worker's standard streams.

The inspector writes one `Start` and then, one at a time, a `Job`; the worker writes one `Started` and an `Answer` to
each job. The credential travels here and not on a command line, which every process of the machine can read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from shared.evidence.pages import ElementCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Which Chromium to start, and behind which proxy."""

    executable: str
    proxy_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Whether it did."""

    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Load a page with a visit's credential, and be done in time."""

    url: str
    username: str
    password: str = field(repr=False)
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found; `document_url` is the last address that the page itself was asked from."""

    document_url: str
    aria: str = ""
    counts: ElementCounts = field(default_factory=ElementCounts)
    error: str | None = None


Message = TypeVar("Message", Start, Started, Job, Answer)


def encode(message: Start | Started | Job | Answer) -> bytes:
    """Write a message as one line."""
    return json.dumps(asdict(message)).encode() + b"\n"


def decode(kind: type[Message], line: bytes) -> Message:
    """Read a line that `encode` wrote."""
    values: dict[str, Any] = json.loads(line)
    if "counts" in values:
        values["counts"] = ElementCounts(**values["counts"])
    return kind(**values)
