"""What inspector and worker say to each other: one JSON object a line, on the worker's standard streams.

The inspector writes one `Start` and then, one at a time, a `Job`; the worker writes one `Started` and an `Answer` to
each job. The credential travels here and not on a command line, which every process of the machine can read.
"""

from __future__ import annotations

import json
from typing import TypeVar

from shared.evidence.pages import ElementCounts
from shared.recordings.codec import from_plain, to_plain
from shared.structs import Struct, field


class Start(Struct, frozen=True, kw_only=True):
    """Which Chromium to start, and behind which proxy."""

    executable: str
    proxy_url: str


class Started(Struct, frozen=True, kw_only=True):
    """Whether it did."""

    error: str | None = None


class Job(Struct, frozen=True, kw_only=True):
    """Load a page with a visit's credential, and be done in time."""

    url: str
    username: str
    password: str
    timeout_s: float

    def __repr__(self) -> str:  # without the credential
        return f"Job({self.url!r})"


class Answer(Struct, frozen=True, kw_only=True):
    """What was found; `document_url` is the last address that the page itself was asked from."""

    document_url: str
    aria: str = ""
    counts: ElementCounts = field(default_factory=ElementCounts)
    error: str | None = None


Message = TypeVar("Message", Start, Started, Job, Answer)


def encode(message: Start | Started | Job | Answer) -> bytes:
    """Write a message as one line."""
    return json.dumps(to_plain(message)).encode() + b"\n"


def decode(kind: type[Message], line: bytes) -> Message:
    """Read a line that `encode` wrote."""
    return from_plain(json.loads(line), kind)
