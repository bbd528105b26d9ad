"""A body whose sender has no credentials but a signature is had byte for byte, and is parsed when somebody asks."""

from __future__ import annotations

from typing import ClassVar

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from shared.edge.declarations import read_endpoint
from shared.edge.families import FAMILIES
from shared.edge.openapi import document, failures_of
from shared.edge.signed import receive
from shared.errors import InvalidRequest, TooLarge, Unauthorized, Upstream
from shared.ports.signed import SignedBody
from shared.wire import WireModel


class News(WireModel):
    """Something that has happened."""

    max_body_bytes: ClassVar[int | None] = 1000

    event: str


def rooms_receive_news(signed: SignedBody[News]) -> None:
    """Take news."""


def request(body: bytes, **headers: str) -> Request:
    return Request(EnvironBuilder(method="POST", data=body, headers=list(headers.items())).get_environ())


def test_its_bytes_are_the_ones_that_were_sent() -> None:
    body = b' {"event" : "e\\u0301" }\n'

    received = receive(request(body), News, cap_bytes=None)

    assert received.raw == body
    assert received.parse() == News(event="e\u0301")


def test_what_is_no_json_is_refused_only_when_it_is_read() -> None:
    received = receive(request(b"{"), News, cap_bytes=None)

    with pytest.raises(InvalidRequest):
        received.parse()


def test_the_first_header_that_there_is_counts() -> None:
    received = receive(request(b"{}", Older="2", Newer="1"), News, cap_bytes=None)

    assert received.header("newer", "older") == "1"
    assert received.header("missing", "older") == "2"
    assert received.header("missing") is None


def test_it_is_no_longer_than_its_model_says() -> None:
    with pytest.raises(TooLarge):
        receive(request(b" " * 1001), News, cap_bytes=None)


def test_its_endpoint_asks_for_no_credentials_and_says_what_it_takes() -> None:
    one = read_endpoint(rooms_receive_news, "POST /api/v1/news", status=200, raises=())

    operation = document(FAMILIES["rooms"], [one])["paths"]["/api/v1/news"]["post"]

    assert one.signed is News
    assert not one.needs_caller
    assert operation["security"] == []
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/News"}
    assert failures_of(one) == {InvalidRequest, Unauthorized, TooLarge, Upstream}
