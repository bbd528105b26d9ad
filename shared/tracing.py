"""W3C trace context: one trace from a request, through its tasks, to the last step."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

from shared.structs import Struct

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Span(Struct, frozen=True):
    """Where we are in a trace. https://www.w3.org/TR/trace-context/"""

    trace_id: str
    span_id: str
    flags: str = "01"

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[Span | None] = ContextVar("span", default=None)


def enter_span(traceparent: str | None) -> Span:
    """Begin a span: a child of the caller's, or the first of a new trace where the caller sent none that is sane."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found and set(found[1]) != {"0"} and set(found[2]) != {"0"}:
        span = Span(found[1], secrets.token_hex(8), found[3])
    else:
        span = Span(secrets.token_hex(16), secrets.token_hex(8))
    _current.set(span)
    return span


def current_span() -> Span | None:
    """The span of the request that this thread is serving."""
    return _current.get()


def current_traceparent() -> str | None:
    """The header that carries the current trace on."""
    span = _current.get()
    return span.traceparent if span else None
