"""One trace from a request to the last step of the run that it started."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest

from tests.integration.log_lines import TRACE, functions_in_trace, line_of_request
from tests.integration.platform import Capture, RunningPlatform, eventually
from tests.integration.rrweb_events import incremental

PATH = "/api/v1/recordings"
SPAN = "b7ad6b7169203331"


def trace_of(platform: RunningPlatform, capture: Capture, traceparent: str | None) -> dict[str, Any]:
    """The log entry of a request with this header."""
    request_id = secrets.token_hex(16)
    headers = {"X-Request-Id": request_id, **({} if traceparent is None else {"traceparent": traceparent})}
    capture.call("GET", f"{PATH}/unknown", headers=headers)
    return line_of_request(platform, request_id)


def test_the_steps_of_a_run_are_in_the_trace_of_the_request_that_started_it(
    platform: RunningPlatform, capture: Capture
) -> None:
    trace_id = secrets.token_hex(16)

    created = capture.create({"events": [incremental(0)]}, headers={"traceparent": f"00-{trace_id}-{SPAN}-01"})
    capture.wait_for(created["id"], "ready")

    expected = {"capture_create_recording", "steps_summarize_events", "steps_finish_capture"}
    eventually(
        lambda: functions_in_trace(platform, trace_id) == expected, within_s=10, what=f"a trace through {expected}"
    )


def test_a_trace_without_a_caller_goes_through_the_steps_all_the_same(
    platform: RunningPlatform, capture: Capture
) -> None:
    request_id = secrets.token_hex(16)

    created = capture.create({"events": [incremental(0)]}, headers={"X-Request-Id": request_id})
    capture.wait_for(created["id"], "ready")

    trace_id = line_of_request(platform, request_id)[TRACE].rpartition("/")[2]
    eventually(
        lambda: "steps_finish_capture" in functions_in_trace(platform, trace_id), within_s=10, what="the last step"
    )


@pytest.mark.parametrize(("flags", "is_sampled"), [("01", True), ("00", False)])
def test_a_request_is_logged_under_its_callers_trace_with_a_span_of_its_own(
    platform: RunningPlatform, capture: Capture, flags: str, is_sampled: bool
) -> None:
    trace_id = secrets.token_hex(16)

    line = trace_of(platform, capture, f"00-{trace_id}-{SPAN}-{flags}")

    assert line[TRACE] == f"projects/{platform.environment['PLAYHEAD_PROJECT']}/traces/{trace_id}"
    assert re.fullmatch("[0-9a-f]{16}", line["logging.googleapis.com/spanId"])
    assert line["logging.googleapis.com/spanId"] != SPAN
    assert line["logging.googleapis.com/trace_sampled"] is is_sampled


@pytest.mark.parametrize(
    "traceparent",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("00-0af7651916cd43dd8448eb211c80319c", id="cut short"),
        pytest.param(f"00-0af7651916cd43dd8448eb211c80319c-{SPAN}-01-more", id="too long"),
        pytest.param(f"00-0AF7651916CD43DD8448EB211C80319C-{SPAN}-01", id="upper case"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", id="no trace"),
        pytest.param(f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01", id="no span"),
        pytest.param(f"ff-0af7651916cd43dd8448eb211c80319c-{SPAN}-01", id="no version"),
        pytest.param(f'00-"{"x" * 30}"-{SPAN}-01', id="not hexadecimal"),
    ],
)
def test_a_traceparent_that_is_none_is_replaced(
    platform: RunningPlatform, capture: Capture, traceparent: str | None
) -> None:
    trace_id = trace_of(platform, capture, traceparent)[TRACE].rpartition("/")[2]

    assert re.fullmatch("[0-9a-f]{32}", trace_id)
    assert trace_id not in ("0" * 32, "0af7651916cd43dd8448eb211c80319c")
