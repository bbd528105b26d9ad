"""Logs: one line of JSON each, in Cloud Logging's words, and not one planted secret in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from shared import tracing
from shared.logs import CloudFormatter, configure_logs, redact
from shared.tracing import enter_span

SECRET = "pLaNtEd-SeCrEt_0123456789"
KEY = f"ph_{'a1' * 8}_{'S3cret-_x' * 4}S3cret-"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJlLXNlY3JldA"
SIGNED = f"https://storage.googleapis.com/media/a/b?X-Goog-Algorithm=GOOG4&X-Goog-Signature={SECRET}"

#: What libraries and tracebacks write, and what of it must not be seen.
LEAKS = [
    (f"bad key {KEY}", KEY[20:]),
    (f"key={KEY};", KEY[20:]),
    (f"Authorization: Bearer {SECRET}", SECRET),
    (f"authorization: bearer {TOKEN}", "c2lnbmF0dXJlLXNlY3JldA"),
    (f"Authorization: Basic {SECRET}==", SECRET),
    (f"Authorization: {SECRET}", SECRET),
    (f"Authorization: Token {SECRET}", SECRET),
    (f"Authorization: ApiKey {SECRET}", SECRET),
    (f'AUTHORIZATION="{SECRET}"', SECRET),
    (f"token {TOKEN} has expired", "eyJzdWIiOiJhbm5hIn0"),
    (f"decoding {TOKEN.rpartition('.')[0]}. failed", "eyJzdWIiOiJhbm5hIn0"),
    (f"X-API-Key: {SECRET}", SECRET),
    (f"x-api-key={SECRET}", SECRET),
    (f"{{'X-API-Key': '{SECRET}'}}", SECRET),
    (f'{{"x-api-key": "{SECRET}"}}', SECRET),
    (f"{{'Authorization': 'Bearer {SECRET}', 'Accept': '*/*'}}", SECRET),
    (f"{{b'X-API-Key': b'{SECRET}'}}", SECRET),
    (f"Headers([('X-API-Key', '{SECRET}')])", SECRET),
    (f"[('Authorization', 'Token {SECRET}')]", SECRET),
    (f"{{'X-API-Key': ['{SECRET}']}}", SECRET),
    (f"('X-Upload-Token', '{SECRET}')", SECRET),
    (f"X-Upload-Token: {SECRET}", SECRET),
    (f"{{'HTTP_X_UPLOAD_TOKEN': '{SECRET}'}}", SECRET),
    (f"{{'HTTP_X_API_KEY': '{SECRET}'}}", SECRET),
    (f"{{'HTTP_AUTHORIZATION': 'Token {SECRET}'}}", SECRET),
    (f"PUT {SIGNED} failed", SECRET),
    (f"<Response [403] for url '{SIGNED}'>", SECRET),
    (f"storage.googleapis.com/media/a/b?X-Goog-Algorithm=GOOG4&X-Goog-Signature={SECRET}", SECRET),
    (f"X-Goog-Signature={SECRET}&X-Goog-Expires=60", SECRET),
    (f"X-Goog-Credential: {SECRET}", SECRET),
    (f"http://127.0.0.1:8080/api/v1/recordings?cursor={SECRET}", SECRET),
    (f"https://host/path?a=(1){SECRET}", SECRET),
    (f"https://host?token={SECRET}", SECRET),
    (f'"GET /api/v1/recordings?token={SECRET} HTTP/1.1" 200', SECRET),
    (f"Max retries exceeded with url: /token?assertion={SECRET} (Caused by ConnectTimeoutError)", SECRET),
    (f"GET /a?first=1&last={SECRET}", SECRET),
    (f"GET /a?{SECRET}", SECRET),
    (f"redirect to /a?next=/b?{SECRET}", SECRET),
]


@pytest.fixture(autouse=True)
def _outside_of_any_span() -> Iterator[None]:
    token = tracing._current.set(None)
    yield
    tracing._current.reset(token)


def entry(message: str, *arguments: object, **more: Any) -> dict[str, Any]:
    """What is written for a record, read back."""
    record = logging.LogRecord("playhead.test", more.pop("level", logging.INFO), "f.py", 1, message, arguments, None)
    record.__dict__.update(more)
    line = CloudFormatter().format(record)
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


@pytest.mark.parametrize(("text", "secret"), LEAKS, ids=[text[:40] for text, _ in LEAKS])
def test_a_secret_is_taken_out_of_what_is_logged(text: str, secret: str) -> None:
    assert secret in text

    assert secret not in redact(text)
    assert secret not in json.dumps(entry(text))


@pytest.mark.parametrize(("text", "secret"), LEAKS[::6], ids=[text[:40] for text, _ in LEAKS[::6]])
def test_a_secret_is_taken_out_of_a_traceback(text: str, secret: str) -> None:
    with pytest.raises(RuntimeError) as failed:
        raise RuntimeError(text)

    written = entry("it failed", exc_info=(failed.type, failed.value, failed.tb))

    assert "RuntimeError" in written["exception"]
    assert secret not in json.dumps(written)


def test_a_secret_is_taken_out_of_an_argument() -> None:
    assert SECRET not in json.dumps(entry("calling %s", SIGNED))


def test_a_secret_is_taken_out_of_the_fields_too() -> None:
    fields = {"httpRequest": {"userAgent": f"agent (Authorization: Bearer {SECRET})"}, "function": "f"}

    assert SECRET not in json.dumps(entry("request", fields=fields))


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v1/recordings/{id} 200",
        "steps_remux_video failed in attempt 2",
        "the key ph_ is short",
        "a bearer token is needed",
        "events[3]: Expected `int`, got `str` - at `$.type`",
        "is it ready? yes = no",
        "upload of 1,024 bytes at 10:00",
    ],
)
def test_what_is_no_secret_can_still_be_read(text: str) -> None:
    assert redact(text) == text


def test_of_a_url_the_address_can_still_be_read() -> None:
    assert redact(f"PUT {SIGNED} failed").startswith("PUT https://storage.googleapis.com/media/a/b?[redacted] failed")


def test_of_a_key_the_id_can_still_be_read() -> None:
    assert redact(f"no key {KEY}!") == f"no key ph_{'a1' * 8}_[redacted]!"


def test_redacting_twice_is_redacting_once() -> None:
    for text, _ in LEAKS:
        assert redact(redact(text)) == redact(text)


def test_a_record_is_one_line_in_cloud_loggings_words() -> None:
    written = entry("two\nlines and a %s", "snow\u2603man\u2028", level=logging.WARNING, created=1_777_888_800.25)

    assert written == {
        "severity": "WARNING",
        "time": "2026-05-04T10:00:00.250000Z",
        "message": "two\nlines and a snow\u2603man\u2028",
        "logger": "playhead.test",
    }


@pytest.mark.parametrize(
    ("level", "severity"),
    [(0, "DEFAULT"), (10, "DEBUG"), (20, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL")],
)
def test_a_level_is_a_severity(level: int, severity: str) -> None:
    assert entry("x", level=level)["severity"] == severity


def test_fields_stand_beside_the_message() -> None:
    written = entry("GET /x 200", fields={"function": "f", "httpRequest": {"status": 200}})

    assert (written["function"], written["httpRequest"]) == ("f", {"status": 200})


@pytest.mark.parametrize(("flags", "is_sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_a_record_names_its_trace(monkeypatch: pytest.MonkeyPatch, flags: str, is_sampled: bool) -> None:
    monkeypatch.setenv("PLAYHEAD_PROJECT", "playhead-test")
    span = enter_span(f"00-{'ab' * 16}-{'cd' * 8}-{flags}")

    written = entry("within a request")

    assert written["logging.googleapis.com/trace"] == f"projects/playhead-test/traces/{'ab' * 16}"
    assert written["logging.googleapis.com/spanId"] == span.span_id
    assert written["logging.googleapis.com/trace_sampled"] is is_sampled


def test_what_cannot_be_json_is_written_as_text() -> None:
    assert entry("x", fields={"path": io.StringIO})["path"].startswith("<class")


def test_all_logs_of_a_process_pass_through_the_formatter_once() -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        configure_logs("WARNING")
        configure_logs("WARNING")

        assert [type(handler.formatter) for handler in root.handlers] == [CloudFormatter]
        assert root.level == logging.WARNING
    finally:
        root.handlers[:], root.level = before
