"""What the functions log: entries that Cloud Logging reads. What they must not log: `test_every_secret.py`."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

import pytest

from tests.integration.log_lines import PARTS, line_of_request, log_lines
from tests.integration.platform import Capture, RunningPlatform

PATH = "/api/v1/recordings"
SEVERITIES = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


def test_every_line_is_an_entry_that_cloud_logging_reads(
    platform: RunningPlatform, capture: Capture, sample_video: bytes
) -> None:
    begin = {part: len(platform.logs(part)) for part in PARTS}

    created = capture.create({"has_video": True})
    capture.upload(created, sample_video)
    capture.wait_for(created["id"])

    for part in PARTS:
        lines = log_lines(platform, part, begin=begin[part])
        assert lines, part
        for line in lines:
            assert line["severity"] in SEVERITIES
            assert line["message"]
            assert datetime.fromisoformat(line["time"]).tzinfo is not None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", f"{PATH}/unknown", 404), ("POST", PATH, 400), ("GET", PATH, 200), ("OPTIONS", PATH, 204)],
)
def test_a_request_is_logged_once_by_its_template(
    platform: RunningPlatform, stranger: Capture, method: str, path: str, status: int
) -> None:
    request_id = secrets.token_hex(16)
    headers = {"X-Request-Id": request_id, "User-Agent": "extension/3"}

    stranger.call(method, f"{path}?limit=3", headers=headers)

    line = line_of_request(platform, request_id)
    request: dict[str, Any] = line["httpRequest"]
    assert (request["requestMethod"], request["status"]) == (method, status)
    assert request["requestUrl"] == f"/capture{path.replace('unknown', '{id}')}"
    assert request["userAgent"] == "extension/3"
    assert re.fullmatch(r"\d+\.\d+s", request["latency"])
    assert line["function"].startswith("capture_")
