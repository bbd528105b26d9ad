"""The logs of the functions, as Cloud Logging would read them."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.platform import RunningPlatform, eventually

TRACE = "logging.googleapis.com/trace"
#: The parts that run functions.
PARTS = ("api", "media")


def log_lines(platform: RunningPlatform, part: str, *, naming: str = "", begin: int = 0) -> list[dict[str, Any]]:
    """The entries that a part has logged behind its first `begin` characters, of those lines that hold `naming`.

    Raises:
        ValueError: a line is no JSON.
    """
    return [json.loads(line) for line in platform.logs(part)[begin:].splitlines() if naming in line]


def line_of_request(platform: RunningPlatform, request_id: str) -> dict[str, Any]:
    """The one entry about a request, as soon as it is there."""

    def look() -> dict[str, Any] | None:
        found = log_lines(platform, "api", naming=request_id)
        assert len(found) < 2, "a request is logged once"
        return found[0] if found else None

    return eventually(look, what=f"the log entry of {request_id}")


def functions_in_trace(platform: RunningPlatform, trace_id: str) -> set[str]:
    """The functions that have logged under a trace."""
    lines = [line for part in PARTS for line in log_lines(platform, part, naming=trace_id)]
    return {line["function"] for line in lines if line[TRACE].endswith(f"/traces/{trace_id}")}
