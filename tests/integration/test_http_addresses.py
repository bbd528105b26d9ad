"""Where a function is reached: behind the one host, and at its own URL."""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests

from tests.integration.platform import Capture, RunningPlatform
from tests.integration.refusals import refusal

PATH = "/api/v1/recordings"


def at(capture: Capture, path: str, method: str = "GET") -> requests.Response:
    return requests.request(method, capture.url + path, headers=capture.headers, timeout=30, allow_redirects=False)


@pytest.mark.parametrize("mount", ["", "/capture"])
def test_a_function_answers_at_its_own_url_with_and_without_the_mount(capture: Capture, mount: str) -> None:
    id = capture.create({"has_video": True})["id"]

    answer = at(capture, f"/fn/capture_get_recording{mount}{PATH}/{id}")

    assert answer.status_code == 200
    assert answer.text == capture.get(id).text


def test_a_recording_can_be_made_at_the_functions_own_url(platform: RunningPlatform, capture: Capture) -> None:
    url = platform.environment["PLAYHEAD_FUNCTION_URL"].format(name="capture_create_recording")
    body = b'{"started_at":"2026-05-04T10:00:00Z","events":[],"has_video":true}'

    answer = requests.post(url + PATH, data=body, headers=capture.headers, timeout=30)

    assert answer.status_code == 201
    assert capture.get(answer.json()["id"]).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        PATH,
        f"{PATH}/7/events",
        f"/rooms{PATH}/7",
        f"/capture/capture{PATH}/7",
        f"{PATH}/7/",
    ],
)
def test_a_function_answers_no_path_but_its_own(capture: Capture, path: str) -> None:
    answer = at(capture, f"/fn/capture_get_recording{path}")

    assert refusal(answer, 404, "not_found") == "no such path"


@pytest.mark.parametrize(
    "path", ["", "/", "/api", "/api/v2/recordings", f"{PATH}/", f"{PATH}/7/frames", f"{PATH}/7/video/", f"{PATH}/a%2Fb"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_unknown_path_under_the_mount_is_refused_in_the_familys_shape(
    capture: Capture, method: str, path: str
) -> None:
    answer = capture.call(method, path)

    assert refusal(answer, 404, "not_found") == "no such path"


@pytest.mark.parametrize(
    "path", [f"/capture{PATH}/{uuid4()}%0A", f"/fn/capture_get_recording{PATH}/{uuid4()}%0A"], ids=["mount", "own URL"]
)
def test_an_id_with_a_newline_is_unknown_like_any_other(capture: Capture, path: str) -> None:
    assert refusal(at(capture, path), 404, "not_found") == "recording not found"
    refusal(requests.get(capture.url + path, timeout=30), 401, "unauthorized")


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/%0A", f"{PATH}%0A/7"])
def test_a_path_that_the_framework_does_not_serve_is_refused_in_the_familys_shape(capture: Capture, path: str) -> None:
    answer = at(capture, f"/fn/capture_get_recording{path}")

    assert refusal(answer, 404, "not_found") == "no such path"


@pytest.mark.parametrize("path", ["/", "/nothing", "/fn/nothing", f"/captured{PATH}", f"/nowhere{PATH}"])
def test_a_path_outside_every_mount_is_not_found(capture: Capture, path: str) -> None:
    answer = at(capture, path)

    assert answer.status_code == 404
    assert answer.json() == {"message": "not found"}


@pytest.mark.parametrize("sent", ["42", "a.b:c-d_e", "f" * 128])
def test_a_sane_request_id_is_kept(capture: Capture, sent: str) -> None:
    answer = capture.call("GET", f"{PATH}?limit=0", headers={"X-Request-Id": sent})

    assert answer.headers["X-Request-Id"] == sent
    assert answer.json()["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "two words", "f" * 129, "<script>", "a,b", "ünï".encode()])
def test_any_other_request_id_is_replaced(capture: Capture, sent: str) -> None:
    answers = [capture.call("GET", f"{PATH}?limit=0", headers={"X-Request-Id": sent}) for _ in range(2)]

    made = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(len(id) == 32 and id.isalnum() for id in made)
    assert len(set(made)) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", PATH, 400),
        ("GET", PATH, 200),
        ("OPTIONS", PATH, 204),
        ("PUT", PATH, 405),
        ("GET", "/nothing", 404),
    ],
)
def test_every_answer_has_a_request_id(stranger: Capture, method: str, path: str, status: int) -> None:
    answer = stranger.call(method, path)

    assert answer.status_code == status
    assert answer.headers["X-Request-Id"]
