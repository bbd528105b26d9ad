"""What clients send of their recordings: read whatever its shape, and never in the way of the analysis."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.transcript import Word
from shared.feedback.client_log import Action, ConsoleLog, Context, Request, Target, Visit
from shared.feedback.context import fetch_context, read_context
from shared.feedback.domain import FeedbackDetails
from shared.feedback.hotwords import MOST_HOTWORDS, ScreenWords, hotwords_of
from shared.feedback.members import MAX_CHARS
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP
from shared.structs import replace
from tests.unit import examples
from tests.unit.client_logs import STARTED_MS, context_of, screens_of, timeline_of
from tests.unit.examples import World

#: Whatever JSON can say, with the names that are looked for among its names.
_NAMES = st.sampled_from(
    ["timestamp", "type", "target", "value", "url", "args", "message", "headers", "response", "status", "duration"]
) | st.text(max_size=5)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("\ud800")
anything = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=5), max_leaves=20
)


def only_action(**members: Any) -> Action:
    (action,) = context_of(actions=[members]).actions
    return action


def only_log(**members: Any) -> ConsoleLog:
    (log,) = context_of(console_logs=[members]).console_logs
    return log


def only_request(**members: Any) -> Request:
    (request,) = context_of(network_requests=[members]).requests
    return request


def test_the_metadata_tells_what_the_recording_is_of_and_when_it_began() -> None:
    context = context_of(
        metadata={
            "title": "Checkout",
            "intent": "bug",
            "url": "https://shop.test/",
            "duration": 12.5,
            "visitedUrls": ["https://shop.test/", {"url": "https://shop.test/cart", "timestamp": 4}, 7, None],
            "startedAt": "2026-11-22T10:00:00Z",
            "videoStartedAt": STARTED_MS + 1500,
        }
    )

    told = context.metadata
    assert (told.title, told.intent, told.url, told.duration_s) == ("Checkout", "bug", "https://shop.test/", 12.5)
    assert told.visits[:2] == (Visit(url="https://shop.test/"), Visit(url="https://shop.test/cart", at=4.0))
    assert (told.started_at, told.video_started_at) == (STARTED_MS, STARTED_MS + 1500)


@pytest.mark.parametrize(
    "members",
    [
        {"selector": "#email", "label": "Email", "name": "email"},
        {"target": {"selector": "#email", "label": "Email", "name": "email"}},
        {"target": "#email", "element": {"attributes": {"aria-label": "Email", "name": "email"}}},
    ],
    ids=["flat", "in a target", "in attributes"],
)
def test_an_action_is_understood_however_its_element_is_told(members: dict[str, Any]) -> None:
    action = only_action(type="input", timestamp=3, value="a@b.test", **members)

    assert (action.type, action.at, action.value) == ("input", 3.0, "a@b.test")
    assert action.target == Target(selector="#email", names=("email",), label="Email")


def test_a_console_call_is_read_from_its_message_or_from_all_of_its_arguments() -> None:
    error = {"name": "TypeError", "message": "x is undefined", "stack": "at f (a.js:1)"}

    assert only_log(level="ERROR", message="Broken").text == "Broken"
    assert only_log(level="ERROR", message="Broken").level == "error"
    assert only_log(args=["Saved", 3, {"ok": True}, None, error]).text == (
        'Saved 3 {"ok": true} TypeError: x is undefined'
    )
    assert only_log(text="Broken", stack=["at f", "at g"]).stack == "at f at g"


@pytest.mark.parametrize(
    "members",
    [
        {"method": "post", "url": "/orders", "status": 500, "duration": 234, "startTime": 1000},
        {"method": "POST", "url": "/orders", "statusCode": "500", "durationMs": 234.0, "timestamp": 1000},
        {
            "request": {"method": "POST", "url": "/orders"},
            "response": {"status": 500},
            "time": 234,
            "timestamp": "1000",
        },
    ],
    ids=["a fetch wrapper", "another one", "HAR"],
)
def test_a_request_is_understood_however_it_is_told(members: dict[str, Any]) -> None:
    request = only_request(**members)

    assert (request.method, request.url, request.status) == ("POST", "/orders", 500)
    assert (request.duration_ms, request.at) == (234.0, 1000.0)


def test_dates_are_read_as_milliseconds_of_the_epoch() -> None:
    assert only_action(type="click", timestamp="2026-11-22T10:00:01.5Z").at == STARTED_MS + 1500
    assert only_action(type="click", timestamp="2026-11-22T10:00:01.5").at == STARTED_MS + 1500
    assert only_action(type="click", timestamp="2026-11-22T11:00:01.5+01:00").at == STARTED_MS + 1500
    assert only_action(type="click", timestamp="yesterday").at is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000, "true", "[]", "{}", '"x"'])
def test_a_time_that_is_no_number_is_no_time(number: str) -> None:
    sent = b'{"actions": [{"type": "click", "timestamp": %s}]}' % number.encode()

    (action,) = read_context(sent).actions

    assert action.at is None


def test_what_cannot_be_understood_is_counted_and_the_rest_is_read() -> None:
    context = context_of(
        actions=[{"type": "click"}, "click", 7, None, {}],
        console_logs=[{"level": "log"}, {"text": "hello"}, []],
        network_requests={"url": "/orders"},
        elements=[{"text": "Save"}, {"depth": 3}],
    )

    assert [action.type for action in context.actions] == ["click"]
    assert [log.text for log in context.console_logs] == ["hello"]
    assert [element.text for element in context.elements] == ["Save"]
    assert context.requests == ()
    assert context.unread == {"actions": 4, "console logs": 2, "elements": 1}


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"7", b'{"actions": [', b"\xff\xfe\x00", b'{"a": ' * 100_000, b"[" * 200_000],
    ids=["nothing", "an array", "a number", "half", "no text", "deep objects", "deep arrays"],
)
def test_a_document_that_is_no_object_is_nobodys_words(sent: bytes) -> None:
    context = read_context(sent)

    assert replace(context, notes=()) == Context()


def test_a_document_of_too_many_parts_is_left_out_and_that_is_said() -> None:
    context = read_context(b'{"actions": [' + b"[]," * 1_500_000 + b"[]]}")

    assert context == Context(notes=("What the client sent has too many parts to be read.",))


def test_a_hundred_thousand_entries_and_a_huge_text_are_read_and_bounded() -> None:
    context = context_of(actions=[1] * 100_000, console_logs=[{"text": "word " * 100_000, "timestamp": 1}])

    assert context.unread == {"actions": 100_000}
    assert len(context.console_logs[0].text) <= MAX_CHARS


@given(anything, anything, anything)
def test_no_shape_of_any_member_is_in_the_way(one: Any, other: Any, third: Any) -> None:
    sent = {
        "metadata": one,
        "actions": [other, one],
        "browserState": {"consoleLogs": [third, other], "networkRequests": [one, third]},
        "elements": [other],
    }

    context = read_context(json.dumps(sent).encode())

    assert json.dumps([item.text for item in timeline_of(context).items], ensure_ascii=False).encode()
    assert isinstance(hotwords_of(context), str)


def test_hotwords_are_the_words_on_the_screen_each_once_and_not_too_many() -> None:
    context = context_of(
        metadata={"title": "Northwind Supplies: the checkout"},
        actions=[{"type": "click", "text": "Send request"}, {"type": "click", "text": "Send request"}],
        elements=[{"text": f"Coupon {'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}z"} for n in range(100)],
    )

    words = hotwords_of(context).split()

    assert words[:6] == ["Northwind", "Supplies", "checkout", "Send", "request", "Coupon"]
    assert len(words) == len(set(words)) == MOST_HOTWORDS


def test_what_was_typed_is_no_hotword() -> None:
    context = context_of(
        actions=[{"type": "input", "selector": "#pw", "label": "Account password", "value": "Swordfish"}],
        elements=[{"text": "Welcome Swordfish"}],
    )

    assert hotwords_of(context) == "Account password Welcome"


def _heard(*words: tuple[str, float]) -> list[Word]:
    return [Word(text=text, start_s=1, end_s=2, probability=probability) for text, probability in words]


def test_hotwords_of_a_passage_look_like_what_was_heard_without_certainty() -> None:
    screens = screens_of((0, ["Walnut standing desk", "Cart"]), (5, ["Yearly billing", "Basket"]), (9, ["Wallets"]))
    heard = _heard(("wallet", 0.5), ("standing", 0.4), ("to", 0.3), ("building.", 0.6), ("card", 0.95))

    words = ScreenWords(screens, context_of()).like(heard, 1, 7)

    assert words == "Walnut billing", "`standing` was heard, `card` is certain, and the wallets came later"


def test_no_secret_that_stood_on_the_screen_is_a_hotword() -> None:
    context = context_of(
        actions=[{"type": "input", "selector": "#pw", "label": "Account password", "value": "Swordfish"}]
    )
    screens = ScreenWords(screens_of((0, ["Welcome Swordfish"])), context)

    assert screens.like(_heard(("sword", 0.2), ("fish", 0.2), ("Welcomes", 0.2)), 0, 9) == "Welcome"


def test_the_context_of_a_recording_is_fetched_from_where_it_was_stored() -> None:
    world = World()
    stored = world.media.save("context", gzip.compress(b'{"metadata": {"title": "Checkout"}}'), content_type=GZIP)
    details = FeedbackDetails(
        duration_s=1, session_id=None, video_content_type="video/webm", context=stored, metadata=stored
    )

    context = fetch_context(examples.recording(details=to_plain(details)), media=world.media)

    assert context.metadata.title == "Checkout"
