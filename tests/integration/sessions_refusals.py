"""What every refusal of the sessions API looks like, in one place."""

from __future__ import annotations

from http import HTTPStatus

import requests


def refusal(answer: requests.Response, status: int) -> str:
    """The message of an answer that refuses, which must be of the family's shape and about no field.

    Raises:
        AssertionError: another status, or a body that says more or less than it should.
    """
    message = _message(answer, status)
    assert isinstance(message, str)
    assert message
    return message


def problems(answer: requests.Response) -> list[str]:
    """What an answer says of each field that is not valid, which must be of the family's shape.

    Raises:
        AssertionError: as for `refusal`.
    """
    messages = _message(answer, 400)
    assert isinstance(messages, list)
    assert messages
    assert all(isinstance(one, str) and one for one in messages)
    return messages


def _message(answer: requests.Response, status: int) -> str | list[str]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    message: str | list[str] = body["message"]
    assert body == {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
    return message
