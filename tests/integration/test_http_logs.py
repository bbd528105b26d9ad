"""What the functions log: entries of Cloud Logging, and nothing that a caller would want back."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from tests.integration.api_keys import save_key
from tests.integration.log_lines import PARTS, line_of_request, log_lines
from tests.integration.platform import Capture, RunningPlatform, minimal
from tests.integration.rrweb_events import START_MS, meta

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


def planted(platform: RunningPlatform) -> tuple[Capture, dict[str, str]]:
    """A client, and secrets of every kind that its requests will carry."""
    key = save_key("planters")
    token = jwt.encode({"sub": "planted", "iss": "nobody"}, secrets.token_hex(16), algorithm="HS256")
    words = ("query", "name", "href", "event", "video", "header", "agent")
    return platform.client(key), {"key": key, "jwt": token, **{word: secrets.token_hex(16) for word in words}}


def send_everywhere(client: Capture, secret: dict[str, str]) -> dict[str, str]:
    """Put the secrets wherever a request can carry one, in requests that succeed and that fail."""
    page = meta(0, f"https://shop.example/?token={secret['href']}")
    typed = {"type": 3, "timestamp": START_MS + 5, "data": {"text": secret["event"]}}
    body = {**minimal(), "name": secret["name"], "events": [page, typed]}
    headers = {
        "X-Upload-Token": secret["header"],
        "Cookie": f"session={secret['header']}",
        "Referer": f"https://shop.example/?token={secret['query']}",
        "User-Agent": f"agent (https://shop.example/?token={secret['agent']})",
    }
    query = f"?token={secret['query']}"
    created = client.create({**body, "has_video": True}, headers=headers)
    client.upload(created, secret["video"].encode())
    client.wait_for(created["id"], "failed")
    client.wait_for(client.create(body)["id"], "ready")
    client.call("GET", f"{PATH}/{created['id']}/events{query}", headers=headers)
    client.call("GET", f"{PATH}/{secret['query']}{query}")
    client.call("POST", PATH + query, json={**body, "ended_at": secret["name"]}, headers=headers)
    client.call("POST", PATH, json={**body, "events": [{"type": secret["event"]}]})
    client.call("POST", PATH, data=f'{{"name":"{secret["name"]}"'.encode())
    client.call("GET", PATH + query, headers={"Authorization": f"Bearer {secret['jwt']}"})
    client.call("GET", PATH, headers={"Authorization": secret["header"]})
    nobody = Capture(client.url, None)
    nobody.call("GET", PATH, headers={"X-API-Key": secret["key"]})
    nobody.call("GET", PATH, headers={"X-API-Key": secret["key"][:-1] + "_"})
    step = requests.post(f"{client.url}/fn/steps_finish_capture", headers={"Authorization": f"Bearer {secret['jwt']}"})
    assert step.status_code == 401
    return {"signature": parse_qs(urlsplit(created["video_upload_url"]).query)["X-Goog-Signature"][0]}


def test_no_secret_that_a_caller_sent_or_was_given_is_in_any_log(platform: RunningPlatform) -> None:
    client, secret = planted(platform)

    given = send_everywhere(client, secret)

    parts_of_secrets = {**secret, **given, "key": secret["key"].rpartition("_")[2], "jwt": secret["jwt"].split(".")[1]}
    for part in PARTS:
        text = platform.logs(part)
        assert [name for name, value in parts_of_secrets.items() if value in text] == [], part
