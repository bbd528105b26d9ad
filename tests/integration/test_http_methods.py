"""Methods beyond the contract's table, and web pages of other origins."""

from __future__ import annotations

import pytest

from tests.integration.platform import Capture
from tests.integration.refusals import refusal

ALL, ONE = "/api/v1/recordings", "/api/v1/recordings/{id}"
OURS, THEIRS = "https://app.example", "https://evil.example"
ALLOWED = {
    ALL: {"GET", "HEAD", "OPTIONS", "POST"},
    ONE: {"DELETE", "GET", "HEAD", "OPTIONS"},
    f"{ONE}/events": {"GET", "HEAD", "OPTIONS"},
    f"{ONE}/video": {"GET", "HEAD", "OPTIONS"},
    f"{ONE}/confirm": {"OPTIONS", "POST"},
}
EVERY_PATH = pytest.mark.parametrize("path", ALLOWED)


@pytest.fixture(scope="module")
def id(capture: Capture) -> str:
    """The id of a recording."""
    created: str = capture.create({"has_video": True})["id"]
    return created


def methods(header: str) -> set[str]:
    return set(header.split(", "))


@EVERY_PATH
def test_a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(
    capture: Capture, id: str, path: str
) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - ALLOWED[path]:
        answer = capture.call(method, path.format(id=id))

        assert answer.status_code == 405, method
        assert methods(answer.headers["Allow"]) == ALLOWED[path]
        if method != "HEAD":
            refusal(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("path", [ALL, ONE, f"{ONE}/events"])
def test_head_is_get_without_the_body(capture: Capture, id: str, path: str) -> None:
    asked, answer = (capture.call(method, path.format(id=id), stream=True) for method in ("HEAD", "GET"))

    assert (asked.status_code, asked.content) == (answer.status_code, b"")
    for header in ("Content-Type", "Content-Length"):
        assert asked.headers.get(header) == answer.headers.get(header)


@pytest.mark.parametrize("path", [f"{ALL}/not-a-uuid", f"{ONE}/video", f"{ALL}?limit=0"])
def test_head_is_refused_as_get_is(capture: Capture, id: str, path: str) -> None:
    asked, answer = (capture.call(method, path.format(id=id)) for method in ("HEAD", "GET"))

    assert asked.status_code == answer.status_code >= 400
    assert asked.content == b""


@EVERY_PATH
def test_options_needs_no_credentials_and_tells_the_methods(capture: Capture, id: str, path: str) -> None:
    answer = Capture(capture.url, None).call("OPTIONS", path.format(id=id))

    assert (answer.status_code, answer.content) == (204, b"")
    assert methods(answer.headers["Allow"]) == ALLOWED[path]


@EVERY_PATH
def test_a_page_of_a_configured_origin_may_call(capture: Capture, id: str, path: str) -> None:
    preflight = {
        "Origin": OURS,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }

    answer = Capture(capture.url, None).call("OPTIONS", path.format(id=id), headers=preflight)

    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert methods(answer.headers["Access-Control-Allow-Methods"]) == ALLOWED[path]
    allowed = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
    assert {"authorization", "content-type", "content-encoding", "idempotency-key", "x-api-key"} <= allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers, "no cookies, so no credentials"


def test_a_page_of_a_configured_origin_may_read_answers_and_refusals(capture: Capture, id: str) -> None:
    nobody = Capture(capture.url, None)
    for answer in [
        capture.call("GET", ONE.format(id=id), headers={"Origin": OURS}),
        capture.call("GET", f"{ALL}?limit=0", headers={"Origin": OURS}),
        nobody.call("GET", ALL, headers={"Origin": OURS}),
        capture.call("GET", "/no/such/path", headers={"Origin": OURS}),
    ]:
        assert answer.headers["Access-Control-Allow-Origin"] == OURS
        assert "Origin" in answer.headers["Vary"]
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "X-Request-Id", "Idempotency-Replayed"} <= set(exposed)


@pytest.mark.parametrize("origin", [THEIRS, "null", "https://app.example.evil", "http://app.example", "*"])
@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_a_page_of_any_other_origin_may_not(capture: Capture, id: str, method: str, origin: str) -> None:
    answer = capture.call(method, ONE.format(id=id), headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_events_vary_by_origin_and_by_encoding(capture: Capture, id: str) -> None:
    answer = capture.call("GET", f"{ONE.format(id=id)}/events", headers={"Origin": OURS})

    assert {name.strip() for name in answer.headers["Vary"].split(",")} == {"Accept-Encoding", "Origin"}
