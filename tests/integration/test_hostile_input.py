"""Requests that nobody should send: generated from the OpenAPI document, and by hand."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.every_endpoint import ENDPOINTS, Ids, Person, new_person
from tests.integration.every_resource import NEEDS, resource_of
from tests.integration.platform import Capture, RunningPlatform
from tests.integration.rooms_signed import SIGNERS

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
BY_NAME = {one.name: one for one in ENDPOINTS}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

capture_schema = schemathesis.openapi.from_path(DOCUMENTS / "capture.json")
feedback_schema = schemathesis.openapi.from_path(DOCUMENTS / "feedback.json")
rooms_schema = schemathesis.openapi.from_path(DOCUMENTS / "rooms.json")
sessions_schema = schemathesis.openapi.from_path(DOCUMENTS / "sessions.json")


@schemathesis.serializer("video/*")
def video_bytes(ctx: Any, value: Any) -> bytes:
    """What is generated for a video is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


def examples(count: int) -> settings:
    """So many requests to each endpoint, always the same ones."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def send(case: Case[Any], platform: RunningPlatform, mount: str) -> None:
    """Send what was generated, and compare the answer with the document."""
    headers = {"Authorization": f"Bearer {platform.environment['PLAYHEAD_API_KEY']}"}
    case.call_and_validate(base_url=f"{platform.url}{mount}", headers=headers, checks=CHECKS, timeout=30)


@capture_schema.parametrize()
@examples(60)
def test_whatever_comes_is_answered_as_the_document_says(case: Case[Any], platform: RunningPlatform) -> None:
    send(case, platform, "/capture")


@sessions_schema.parametrize()
@examples(10)
def test_whatever_comes_of_sessions_is_answered_as_the_document_says(
    case: Case[Any], platform: RunningPlatform
) -> None:
    send(case, platform, "/sessions")


@feedback_schema.parametrize()
@examples(10)
def test_whatever_comes_of_feedback_is_answered_as_the_document_says(
    case: Case[Any], platform: RunningPlatform
) -> None:
    send(case, platform, "/feedback")


@pytest.fixture(scope="module")
def owner(platform: RunningPlatform) -> Person:
    return new_person(platform)


@rooms_schema.parametrize()
@examples(10)
def test_whatever_comes_of_rooms_is_answered_as_the_document_says(
    case: Case[Any], platform: RunningPlatform, owner: Person
) -> None:
    """With ids that are known and signatures that fit, so that what is generated gets past them."""
    endpoint = BY_NAME[case.operation.definition.raw["operationId"]]
    case.path_parameters = dict(known_ids(endpoint.name, owner))
    headers = SIGNERS[endpoint.name](sent_body(case)) if endpoint.signed else owner.headers
    case.call_and_validate(base_url=f"{platform.url}/rooms", headers=headers, checks=CHECKS, timeout=30)


@cache
def known_ids(name: str, owner: Person) -> Ids:
    """Ids of what this endpoint can do everything with, at least the first time."""
    if name in NEEDS:
        return NEEDS[name](owner)
    return resource_of(BY_NAME[name]).make(owner) if BY_NAME[name].params else {}


def sent_body(case: Case[Any]) -> bytes:
    """The bytes that will be sent."""
    sent = case.as_transport_kwargs(base_url="http://platform.example")
    body = requests.Request("POST", sent["url"], json=sent.get("json"), data=sent.get("data")).prepare().body
    return body.encode() if isinstance(body, str) else body or b""


def post(capture: Capture, body: bytes, **headers: str) -> requests.Response:
    return capture.call("POST", "/api/v1/recordings", data=body, headers=headers)


START = b'{"started_at": "2026-05-04T10:00:00Z", "events": '
EVENT = b'[{"type": 3, "timestamp": 1, "data": %s}]}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(START + EVENT % (b"[" * 100_000 + b"]" * 100_000), 400, id="deep"),
        pytest.param(START + EVENT % b'{"a": NaN}', 400, id="NaN"),
        pytest.param(START + EVENT % b"1e999", 201, id="a number beyond all numbers is kept as it came"),
        pytest.param(START + EVENT % b'"\\ud800"', 201, id="half a surrogate pair"),
        pytest.param(START + EVENT % b'"\xed\xa0\x80"', 400, id="a surrogate in UTF-8"),
        pytest.param(START + b'[], "events": []}', 201, id="a key twice"),
        pytest.param(START + b"[]", 400, id="cut short"),
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b"\x00" * 1000, 400, id="zeros"),
        pytest.param(("\ufeff" + '{"started_at": "2026-05-04T10:00:00Z", "events": []}').encode(), 400, id="a BOM"),
    ],
)
def test_a_strange_body_is_taken_or_refused_but_never_breaks_anything(
    capture: Capture, body: bytes, status: int
) -> None:
    answer = post(capture, body)

    assert answer.status_code == status, answer.text
    assert set(answer.json()) & {"id", "message"}


def test_a_bomb_does_not_go_off(capture: Capture, platform: RunningPlatform) -> None:
    bomb = gzip.compress(b" " * (400 * 1024 * 1024), compresslevel=9)
    before = platform.part("api").memory_info().rss

    answer = post(capture, bomb, **{"Content-Encoding": "gzip"})

    assert answer.status_code == 413
    assert "268,435,456" in answer.json()["message"]
    assert platform.part("api").memory_info().rss - before < 64 * 1024 * 1024, "nothing of it is kept"


def test_what_a_strange_event_holds_comes_back_as_it_came(capture: Capture) -> None:
    text = '{"type":99,"timestamp":5,"data":{"n":1E400,"i":123456789012345678901234567890,"s":"\\u00e9"},"extra":[]}'
    answer = post(capture, START + b"[" + text.encode() + b"]}")

    events = capture.call("GET", f"/api/v1/recordings/{answer.json()['id']}/events")

    assert events.text == f"[{text}]"


def test_duplicate_keys_are_read_as_their_last(capture: Capture) -> None:
    answer = post(capture, b'{"name": "first", "name": "last", ' + START[1:] + b"[]}")

    recording: dict[str, Any] = json.loads(capture.get(answer.json()["id"]).text)
    assert recording["name"] == "last"
