"""Reading pictures with Gemini: the real SDK against a server that speaks Vertex AI's protocol."""

from __future__ import annotations

import base64
import io
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from PIL import Image

from shared.adapters.gemini.frame_reader import GeminiFrameReader
from shared.adapters.gemini.model import GeminiModel, Patience
from shared.evidence.elements import Box, Element, Role
from shared.ports.frames import (
    FrameReadError,
    FrameRefused,
    ReaderRejectedUs,
    ReaderUnavailable,
    UnreadableFrame,
    UnusableAnswer,
)
from tests.integration.fake_gemini import TOKEN, Answer, FakeGemini, blocks, fails, fake_gemini, generated, says, sees

BUTTON = {"role": "button", "label": "Save", "state": "disabled", "box": [500, 250, 100, 50]}
SAVE = Element(role=Role.BUTTON, label="Save", state="disabled", box=Box(x=640, y=180, width=128, height=36))


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with fake_gemini() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def reader(gemini: FakeGemini, pauses: list[float]) -> GeminiFrameReader:
    return make_reader(gemini.url, pause=pauses.append)


def make_reader(url: str, *, pause: Callable[[float], None], **options: Any) -> GeminiFrameReader:
    return GeminiFrameReader(
        GeminiModel(
            "gemini-2.5-flash",
            **{
                "project": "a-project",
                "location": "europe-west1",
                "base_url": url,
                "credentials": credentials(TOKEN),
                "patience": Patience(),
                "pause": pause,
                **options,
            },
        )
    )


def credentials(token: str) -> Credentials:
    return Credentials(token=token)  # type: ignore[no-untyped-call]


def png(width: int = 1280, height: int = 720) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(written, "PNG")
    return written.getvalue()


def test_elements_come_back_in_pixels_of_the_picture(gemini: FakeGemini, reader: GeminiFrameReader) -> None:
    gemini.answers.append(sees(BUTTON))

    assert reader.read(png(), previous=None) == [SAVE]


def test_the_model_gets_the_picture_and_a_schema_of_our_roles(gemini: FakeGemini, reader: GeminiFrameReader) -> None:
    gemini.answers.append(sees())

    assert reader.read(png(), previous=None) == []

    [request] = gemini.requests
    image, task = request["contents"][0]["parts"]
    schema = request["generationConfig"]["responseSchema"]
    assert request["path"].startswith("/v1/projects/a-project/locations/europe-west1/publishers/google/models/gemini-2")
    assert base64.urlsafe_b64decode(image["inlineData"]["data"]) == png()
    assert image["inlineData"]["mime_type"] == "image/png"
    assert "elements" in task["text"]
    assert request["generationConfig"]["responseMimeType"] == "application/json"
    assert schema["items"]["properties"]["role"]["enum"] == [role.value for role in Role]


def test_labels_of_the_picture_before_are_a_hint(gemini: FakeGemini, reader: GeminiFrameReader) -> None:
    gemini.answers.append(sees(BUTTON))

    reader.read(png(), previous=[SAVE])

    assert "button 'Save'" in gemini.requests[0]["contents"][0]["parts"][1]["text"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(says("Here are the elements: none"), "not_json", id="prose"),
        pytest.param(says('[{"role": "button"'), "not_json", id="half of the JSON"),
        pytest.param(says("[" * 100_000), "not_json", id="nothing but brackets"),
        pytest.param(Answer(body=b"<html>"), "not_json", id="a page of a proxy"),
        pytest.param(Answer(body=b'{"candidates": "none"}'), "not_json", id="a service that speaks another way"),
        pytest.param(says('{"elements": []}'), "not_elements", id="an object"),
        pytest.param(sees("Save"), "not_elements", id="a list of words"),
        pytest.param(sees({**BUTTON, "label": 7}), "not_elements", id="a number for a label"),
        pytest.param(sees({**BUTTON, "box": [0, 0, 10]}), "not_elements", id="three numbers for a box"),
        pytest.param(sees({**BUTTON, "box": [950, 0, 100, 50]}), "not_elements", id="a box beyond the picture"),
        pytest.param(sees(BUTTON, {**BUTTON, "role": "carousel"}), "unknown_role", id="a role that is not ours"),
        pytest.param(sees({**BUTTON, "role": ["button"]}), "unknown_role", id="a list for a role"),
        pytest.param(sees({**BUTTON, "label": "x" * 501}), "oversized", id="a label as long as a page"),
        pytest.param(sees(*[BUTTON] * 601), "oversized", id="too many elements"),
        pytest.param(says(" " * 300_000), "empty", id="blanks"),
        pytest.param(says('["' + "x" * 300_000 + '"]'), "oversized", id="a huge answer"),
        pytest.param(says(None), "empty", id="a candidate without content"),
        pytest.param(says(""), "empty", id="a candidate without text"),
        pytest.param(generated({}), "empty", id="no candidate"),
        pytest.param(says(json.dumps([BUTTON]), finish="MAX_TOKENS"), "cut_off", id="an answer that was cut off"),
        pytest.param(says(None, finish="OTHER"), "empty", id="a model that gave up"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_asked_for_again_and_then_refused(
    gemini: FakeGemini, reader: GeminiFrameReader, answer: Answer, code: str
) -> None:
    gemini.answers.extend([answer] * 3)

    with pytest.raises(UnusableAnswer) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == code
    assert len(gemini.requests) == 3


def test_a_second_answer_may_be_better(gemini: FakeGemini, reader: GeminiFrameReader) -> None:
    gemini.answers.extend([says("sorry"), sees(BUTTON)])

    assert reader.read(png(), previous=None) == [SAVE]


@pytest.mark.parametrize(
    "answer",
    [blocks("SAFETY"), blocks("PROHIBITED_CONTENT"), says(None, finish="SAFETY"), says(None, finish="SPII")],
    ids=["the prompt, for safety", "the prompt, prohibited", "the answer, for safety", "the answer, personal"],
)
def test_what_is_blocked_is_not_asked_for_again(gemini: FakeGemini, reader: GeminiFrameReader, answer: Answer) -> None:
    gemini.answers.append(answer)

    with pytest.raises(FrameRefused) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == "blocked"
    assert len(gemini.requests) == 1


def test_a_busy_model_is_asked_again_when_it_says(
    gemini: FakeGemini, reader: GeminiFrameReader, pauses: list[float]
) -> None:
    gemini.answers.extend([fails(429, Retry_After="7"), sees(BUTTON)])

    assert reader.read(png(), previous=None) == [SAVE]

    assert pauses == [7]


def test_a_retry_after_may_be_a_date(gemini: FakeGemini, reader: GeminiFrameReader, pauses: list[float]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=15), usegmt=True)
    gemini.answers.extend([fails(503, Retry_After=until), sees(BUTTON)])

    assert reader.read(png(), previous=None) == [SAVE]

    assert 5 < pauses[0] <= 15


def test_a_model_that_wants_to_be_left_alone_for_long_is_not_waited_for(
    gemini: FakeGemini, reader: GeminiFrameReader, pauses: list[float]
) -> None:
    gemini.answers.append(fails(429, Retry_After="3600"))

    with pytest.raises(ReaderUnavailable) as caught:
        reader.read(png(), previous=None)

    assert (caught.value.code, caught.value.retry_after_s) == ("rate_limited", 3600)
    assert pauses == []


@pytest.mark.parametrize(
    ("status", "code"), [(429, "rate_limited"), (500, "failed"), (503, "failed"), (504, "timed_out")]
)
def test_a_model_that_keeps_failing_is_asked_three_times_with_growing_pauses(
    gemini: FakeGemini, reader: GeminiFrameReader, pauses: list[float], status: int, code: str
) -> None:
    gemini.answers.extend([fails(status)] * 3)

    with pytest.raises(ReaderUnavailable) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == code
    assert len(gemini.requests) == 3
    assert pauses == [1, 2]


@pytest.mark.parametrize(("status", "code"), [(400, "bad_request"), (403, "not_allowed"), (404, "unknown_model")])
def test_what_a_setting_must_mend_is_not_tried_again(
    gemini: FakeGemini, reader: GeminiFrameReader, status: int, code: str
) -> None:
    gemini.answers.append(fails(status))

    with pytest.raises(ReaderRejectedUs) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == code
    assert len(gemini.requests) == 1


def test_a_wrong_token_is_not_allowed(gemini: FakeGemini) -> None:
    reader = make_reader(gemini.url, pause=list[float]().append, credentials=credentials("another"))

    with pytest.raises(ReaderRejectedUs) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == "not_allowed"


def test_a_model_that_never_answers_times_out(gemini: FakeGemini) -> None:
    gemini.answers.extend([Answer(hangs=True)] * 2)
    patience = Patience(timeout_s=0.3, attempts=2)
    reader = make_reader(gemini.url, pause=list[float]().append, patience=patience)

    with pytest.raises(ReaderUnavailable) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == "timed_out"
    assert len(gemini.requests) == 2


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    reader = make_reader(f"http://127.0.0.1:{port}", pause=list[float]().append)

    with pytest.raises(ReaderUnavailable) as caught:
        reader.read(png(), previous=None)

    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    ("picture", "code"),
    [(b"GIF89a", "not_a_png"), (png()[:20], "not_a_png"), (png() + bytes(15_000_000), "too_large")],
    ids=["a GIF", "a cut header", "more than a request may have"],
)
def test_a_picture_that_cannot_be_sent_costs_nothing(
    gemini: FakeGemini, reader: GeminiFrameReader, picture: bytes, code: str
) -> None:
    with pytest.raises(UnreadableFrame) as caught:
        reader.read(picture, previous=None)

    assert caught.value.code == code
    assert gemini.requests == []


def test_no_failure_carries_the_token_or_the_picture(gemini: FakeGemini, reader: GeminiFrameReader) -> None:
    gemini.answers.append(fails(400))

    with pytest.raises(FrameReadError) as caught:
        reader.read(png(), previous=None)

    assert TOKEN not in caught.value.message
    assert len(caught.value.message) < 200
