"""Answers that come as JSON or as text: the client's `Accept` chooses, and only what it chooses is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from shared.capture.api import VideoOut
from shared.edge.answers import answer
from shared.edge.declarations import read_endpoint
from shared.edge.openapi import document
from shared.recordings.recording import Caller
from shared.wire import Alternatives, WireModel


class Said(WireModel):
    """What was said."""

    word: str


def unwanted() -> Any:
    raise AssertionError("it was made")


def get(accept: str | None, made: Alternatives[Said]) -> Response:
    headers = [] if accept is None else [("Accept", accept)]
    request = Request(EnvironBuilder(headers=headers).get_environ())
    return answer(made, status=200, request=request, max_stream_bytes=None, text_type="text/vtt")


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/json",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/markdown",
        "text/vtt;q=0.4, application/json;q=0.5",
        "text/vtt;q=0",
    ],
)
def test_a_client_that_does_not_ask_for_the_text_gets_json(accept: str | None) -> None:
    response = get(accept, Alternatives(model=lambda: Said(word="Grüße"), text=unwanted))

    assert response.data == '{"word":"Grüße"}'.encode()
    assert (response.headers["Content-Type"], response.headers["Vary"]) == ("application/json", "Accept")


@pytest.mark.parametrize("accept", ["text/vtt", "text/vtt, application/json;q=0.9", "text/*", "TEXT/VTT"])
def test_a_client_that_would_rather_have_the_text_gets_it(accept: str) -> None:
    response = get(accept, Alternatives(model=unwanted, text=lambda: "Grüße"))

    assert response.data == "Grüße".encode()
    assert response.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert response.headers["Vary"] == "Accept"


def capture_told(caller: Caller) -> Alternatives[Said]:
    raise NotImplementedError


def capture_plain(caller: Caller) -> VideoOut:
    raise NotImplementedError


def read(handler: Callable[..., Any], **runtime: Any) -> Any:
    return read_endpoint(handler, "GET /x", status=200, raises=(), **runtime)


def test_both_are_documented() -> None:
    spec = read(capture_told, text_type="text/vtt")

    content = document(spec.family, [spec])["paths"]["/x"]["get"]["responses"]["200"]["content"]

    assert content == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Said"}},
        "text/vtt": {"schema": {"type": "string"}},
    }


@pytest.mark.parametrize(("handler", "runtime"), [(capture_told, {}), (capture_plain, {"text_type": "text/vtt"})])
def test_a_text_without_its_type_is_refused_and_a_type_without_its_text(
    handler: Callable[..., Any], runtime: dict[str, str]
) -> None:
    with pytest.raises(TypeError, match="text_type"):
        read(handler, **runtime)
