"""What every refusal of the capture API looks like, in one place."""

from __future__ import annotations

import json

import requests


def refusal(answer: requests.Response, status: int, code: str) -> str:
    """The message of an answer that refuses, which must be of the family's shape to the letter.

    Raises:
        AssertionError: another status or code, or a body that says more or less than it should.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    message: str = answer.json()["message"]
    expected = {"message": message, "code": code, "request_id": answer.headers["X-Request-Id"]}
    if status == 413:
        expected["hint"] = "it may be sent with Content-Encoding: gzip"
    assert answer.text == json.dumps(expected, separators=(",", ":"), ensure_ascii=False)
    assert message
    return message
