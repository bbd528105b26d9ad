"""W3C trace context: a sane header is carried on, any other begins a new trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import tracing
from shared.tracing import current_span, current_traceparent, enter_span

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def hex_of(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=length, max_size=length)


@pytest.fixture(autouse=True)
def _outside_of_any_span() -> Iterator[None]:
    token = tracing._current.set(None)
    yield
    tracing._current.reset(token)


def test_a_request_goes_on_in_its_callers_trace_under_a_span_of_its_own() -> None:
    span = enter_span(f"00-{TRACE}-{SPAN}-01")

    assert span.trace_id == TRACE
    assert span.span_id != SPAN
    assert current_traceparent() == f"00-{TRACE}-{span.span_id}-01"


@given(hex_of(32), hex_of(16), hex_of(2))
def test_what_we_send_on_is_what_the_next_one_can_read(trace: str, parent: str, flags: str) -> None:
    ours = enter_span(f"00-{trace}-{parent}-{flags}")

    theirs = enter_span(ours.traceparent)

    assert (theirs.trace_id, theirs.flags) == (ours.trace_id, ours.flags)
    if set(trace) != {"0"} and set(parent) != {"0"}:
        assert (ours.trace_id, ours.flags) == (trace, flags)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        TRACE,
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.replace('0', '٠')}-{SPAN}-01",
    ],
)
def test_a_header_that_is_not_sane_begins_a_new_trace(header: str | None) -> None:
    span = enter_span(header)

    assert span.trace_id not in (header or "").lower()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", span.traceparent)


def test_every_new_trace_is_another_one() -> None:
    assert len({enter_span(None).trace_id for _ in range(20)}) == 20


def test_outside_of_a_request_there_is_no_trace() -> None:
    assert current_span() is None
    assert current_traceparent() is None


def test_a_copied_context_keeps_the_span() -> None:
    span = enter_span(None)

    context = copy_context()
    enter_span(None)

    assert context.run(current_span) == span
