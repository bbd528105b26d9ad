"""Redaction: what is secret is nowhere, in no lane, and what merely looks like it is still there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.evidence.credential_patterns import REDACTED
from shared.feedback.hotwords import hotwords_of
from shared.feedback.redaction import brief_of, learn_secrets, redact_screens, redact_text, redact_transcript
from shared.feedback.timeline import build_timeline
from shared.recordings.codec import to_plain
from shared.recordings.handover import pack
from tests.unit.client_logs import context_of, screens_of, spoken

PASSWORD = "hunter2-Secret"
TYPED = "correcthorsebattery"
VENDOR = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"

#: Every secret that is planted below, by where its kind is known from.
SECRETS: Mapping[str, str] = {
    "password": PASSWORD,
    "password by keys": "zebra77",
    "password in elements": "Elem3ntPass",
    "password without digits": TYPED,
    "card number": "4242424242424242",
    "card number in groups": "5555 5555 5555 4444",
    "security code": "9173",
    "one-time code": "482913",
    "pin": "60417",
    "bearer token": "tok.ABCdef123456789",
    "basic credentials": "YW5uYTpodW50ZXIyMTIz",
    "json web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl",
    "vendor key": VENDOR,
    "cloud key": "AKIA" + "IOSFODNN7EXAMPLE",
    "forge token": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "chat token": "xoxb-" + "1234567890-abcdefGHIJ",
    "map key": "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "our own key": "ph_a1b2c3d4e5f6a7b8_S3cretS3cret",
    "cookie": "c00kieValue31d4d96e",
    "set cookie": "s3tC00kie96e407aad42",
    "api key header": "hdr-Key-8831-xyz",
    "private key": "MIIEowIBAAKCAQEA7bq98ZpYl1",
    "token parameter": "qtok-51aa",
    "fragment token": "frag-88bb-77cc",
    "signature": "9f86d081884c7d659a2feaa0c55ad015",
    "amazon signature": "aa11bb22cc33dd44ee55ff66",
    "sign-in code": "4/0AX4XfWhCodeValue9",
    "user in a url": "urlPassw0rd",
    "member of a body": "b0dySecret!",
    "member in a text": "inn3rSecret",
    "client secret": "cl1entS3cret",
    "refresh token": "rt-5566-abc",
}


def planted() -> dict[str, Any]:
    """What a client sends, with every secret in it, and many of them in places where nothing announces them."""
    s = SECRETS
    return {
        "metadata": {
            "title": f"Sign-in with {PASSWORD} fails",
            "intent": f"shows that Bearer {s['bearer token']} and {TYPED} leak",
            "url": f"https://shop.test/in?token={s['token parameter']}&page=2#access_token={s['fragment token']}",
            "visitedUrls": [{"url": f"https://anna:{s['user in a url']}@shop.test/cart", "timestamp": 2}],
        },
        "actions": [
            {"type": "input", "timestamp": 1, "selector": "input[type=password]", "value": PASSWORD},
            *({"type": "keydown", "timestamp": 2, "key": key, "target": {"name": "passwd"}} for key in "zebra77"),
            {"type": "type", "timestamp": 3, "target": {"label": "Passphrase"}, "text": TYPED},
            {"type": "input", "timestamp": 4, "target": {"autocomplete": "cc-number"}, "value": s["card number"]},
            {"type": "input", "timestamp": 4, "target": {"autocomplete": "cc-csc"}, "value": s["security code"]},
            {"type": "input", "timestamp": 5, "name": "note", "value": f"card {s['card number in groups']}"},
            {"type": "input", "timestamp": 6, "selector": "#f7", "value": s["one-time code"]},
            {"type": "input", "timestamp": 6, "target": {"name": "user_pin"}, "value": s["pin"]},
            {"type": "click", "timestamp": 7, "text": f"Copy {s['vendor key']}", "url": f"/x?sig={s['signature']}"},
        ],
        "elements": [
            {"selector": "#f7", "autocomplete": "one-time-code", "label": "Code"},
            {"type": "password", "name": "again", "value": s["password in elements"]},
            {"text": f"Key {s['cloud key']} for {s['password in elements']}"},
        ],
        "browserState": {
            "consoleLogs": [
                {"level": "log", "timestamp": 1, "args": ["signing in", {"user": "anna", "password": PASSWORD}]},
                {"level": "error", "timestamp": 2, "text": f"jwt {s['json web token']} is bad",
                 "stack": f"at f (https://shop.test/a.js?key={s['map key']})"},
                {"level": "log", "timestamp": 3, "args": [f"forge {s['forge token']} chat {s['chat token']}"]},
                {"level": "log", "timestamp": 3, "text": f"Authorization: Basic {s['basic credentials']}"},
                {"level": "log", "timestamp": 4, "text": f"document.cookie = 'sid={s['cookie']}; theme=dark'"},
                {"level": "log", "timestamp": 4, "text": f"{s['one-time code']} for {TYPED}, {s['card number']}"},
                {"level": "log", "timestamp": 5,
                 "text": f"-----BEGIN PRIVATE KEY-----\n{s['private key']}\n-----END PRIVATE KEY-----"},
                {"level": "log", "timestamp": 5, "text": json.dumps(json.dumps({"secret": s["member in a text"]}))},
                {"level": "log", "timestamp": 6, "args": [s["api key header"], s["pin"], "zebra77"]},
            ],
            "networkRequests": [
                {"url": f"https://x.test/a?X-Amz-Signature={s['amazon signature']}&n=1", "timestamp": 1, "status": 403,
                 "headers": {"Authorization": f"Bearer {s['bearer token']}", "Cookie": f"sid={s['cookie']}"},
                 "responseHeaders": [{"name": "Set-Cookie", "value": f"sid={s['set cookie']}; Path=/"}],
                 "responseBody": {"refresh_token": s["refresh token"], "say": f"{s['set cookie']} expired"}},
                {"url": f"https://x.test/cb?code={s['sign-in code']}&state=ok", "timestamp": 2, "status": 500,
                 "headers": {"X-API-Key": s["api key header"]}, "postData": f"client_secret={s['client secret']}&a=b",
                 "response": {"status": 500, "body": f'{{"password": "{s["member of a body"]}"}}'}},
                {"url": f"https://x.test/b?next=%2Fc%3Ftoken%3D{s['our own key']}", "timestamp": 3,
                 "error": f"no route for {s['client secret']}"},
            ],
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def shown() -> str:
    """Everything that anybody is shown of the planted recording."""
    sent = planted()
    context = context_of(
        metadata=sent["metadata"],
        actions=sent["actions"],
        elements=sent["elements"],
        console_logs=sent["browserState"]["consoleLogs"],
        network_requests=sent["browserState"]["networkRequests"],
    )
    s = SECRETS
    screens = screens_of(
        (1, ["Account password", PASSWORD, "4242 4242 4242 4242", f"Key {s['api key header']}"]),
        (
            3,
            [
                f"Welcome {TYPED} zebra77",
                f"Your verification code is {s['one-time code']}",
                s["cookie"],
                s["our own key"],
            ],
        ),
    )
    transcript = spoken(
        f"my password is {PASSWORD}. the card is {s['card number in groups']} and the code {s['one-time code']} "
        f"not {TYPED.upper()}"
    )
    timeline, redacted, brief = build_timeline(context, screens=screens, transcript=transcript, video_duration_s=10)
    packed = (gzip.decompress(pack(value)).decode() for value in (timeline, redacted))
    return "\n".join((*packed, hotwords_of(context), json.dumps(to_plain(brief))))


def test_there_are_thirty_secrets_and_each_is_really_planted() -> None:
    sent = json.dumps(planted())

    assert len(SECRETS) >= 30
    assert [name for name, secret in SECRETS.items() if secret not in sent and name != "password by keys"] == []


@pytest.mark.parametrize("name", SECRETS)
def test_no_lane_shows_a_planted_secret(shown: str, name: str) -> None:
    secret = SECRETS[name]

    assert secret.casefold() not in shown.casefold()
    assert secret.replace(" ", "") not in shown.replace(" ", "")


def test_what_stands_around_the_secrets_is_still_shown(shown: str) -> None:
    for words in ("Sign-in with", "page=2", "signing in", "is bad", "Account password", "Copy", "state=ok", "expired"):
        assert words in shown
    assert shown.count(REDACTED) > 30


ORDINARY = [
    "Order 4711-2231 of 2026-11-22 costs $1,299.00 (was 1.499,00 €)",
    "Order 100045678901 was placed at 1795341600000",
    "Request 550e8400-e29b-41d4-a716-446655440000 took 234 ms",
    "Call +49 30 1234 5678 or 555-0142 from 9:00 to 17:00",
    "Password: required",
    "Password must be at least 8 characters",
    "Please enter your password and the one-time code",
    "Invalid token: unexpected end of input",
    "Basic subscription, bearer authentication",
    "GET https://shop.test/search?q=desk&page=2&sort=price&state=open&code=SUMMER10&key=name",
    "Authorization: required",
    "TypeError: Cannot read properties of undefined (reading 'token')",
    "token = readToken(); key: ArrowDown, keyCode: 13",
    '{"status": "pending", "orderKey": "a1b2c3d4e5", "code": "OUT_OF_STOCK", "state": "CA", "tokens": 100}',
    "Cookie settings: accept all cookies?",
    "IBAN DE89 3704 0044 0532 0130 00, tracking number 1Z999AA10123456784",
    "ISBN 978-3-16-148410-0 and EAN 4006381333931",
    "commit 9f86d081884c7d65 of main, version 12.4.1-rc.2",
    "at render (https://shop.test/static/app.3f2a9c1b.js:1:48213)",
    "sk-loading-indicator-with-a-long-name is hidden",
    'Missing fields: ["password", "email", "token", "remember me"]',
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_survives(text: str) -> None:
    assert redact_text(text) == text


def test_ordinary_input_is_told_as_it_was_typed() -> None:
    typed = [
        ({"label": "Coupon code"}, "SAVE10"),
        ({"name": "zip_code"}, "10115"),
        ({"label": "Full name"}, "Maria Gonzalez"),
        ({"name": "cardholder"}, "Maria Gonzalez"),
        ({"label": "Pinned note"}, "call back"),
        ({"label": "Quantity"}, "12"),
    ]
    context = context_of(actions=[{"type": "input", "timestamp": 1, "value": value, **field} for field, value in typed])

    assert learn_secrets(context) == frozenset()


@pytest.mark.parametrize(
    "field",
    [
        {"selector": "input[type='password']"},
        {"selector": "#login_password"},
        {"target": {"type": "password", "selector": "#f3"}},
        {"target": {"autocomplete": "new-password"}},
        {"label": "Account password"},
        {"name": "userPwd"},
        {"target": {"attributes": {"autocomplete": "one-time-code"}}},
        {"placeholder": "2FA code"},
        {"name": "otp"},
        {"name": "code"},
        {"label": "PIN"},
        {"target": {"autocomplete": "section-a cc-number"}},
        {"name": "cardNumber"},
        {"label": "CVC"},
        {"id": "cvv2"},
    ],
    ids=str,
)
def test_what_is_typed_into_a_secret_field_is_known_everywhere(field: dict[str, Any]) -> None:
    context = context_of(
        metadata={"title": "It says 80417 there"},
        actions=[{"type": "input", "timestamp": 1, "value": "80417", **field}],
    )

    secrets = learn_secrets(context)

    assert brief_of(context, secrets).title == f"It says {REDACTED} there"


def test_a_key_is_not_told_where_the_field_is_secret_and_nothing_is_said_of_the_field() -> None:
    context = context_of(
        actions=[
            {"type": "click", "timestamp": 1, "selector": "#password"},
            *({"type": "keydown", "timestamp": 1, "key": key} for key in ["x", "y", "9", "Enter"]),
            {"type": "keydown", "timestamp": 2, "key": "q", "selector": "#search"},
        ]
    )

    timeline, _, _ = build_timeline(context, screens=screens_of(), transcript=spoken(""), video_duration_s=5)

    told = [item.text for item in timeline.items]
    assert told[1:5] == [f"keydown {REDACTED}"] * 3 + ["keydown Enter"]
    assert told[5] == "keydown q on #search"
    assert "xy9" in learn_secrets(context)


def test_a_short_secret_is_taken_out_only_where_it_stands_alone() -> None:
    assert redact_text("code 1234, order 81234 and 1234x", {"1234"}) == f"code {REDACTED}, order 81234 and 1234x"


def test_a_field_that_tells_its_value_after_every_key_does_not_take_out_every_short_word() -> None:
    typing = ["the", "them", "theme", "theme9"]
    context = context_of(
        actions=[{"type": "input", "timestamp": 1, "selector": "#password", "value": value} for value in typing]
    )

    secrets = learn_secrets(context)

    assert redact_text("the theme of theme9", secrets) == f"the theme of {REDACTED}"


def test_a_secret_is_known_in_the_spelling_of_urls_and_of_json() -> None:
    context = context_of(
        actions=[{"type": "input", "timestamp": 1, "selector": "#password", "value": 'a "b" & ü/9'}],
    )

    secrets = learn_secrets(context)

    for spelling in ('a "b" & ü/9', "a%20%22b%22%20%26%20%C3%BC%2F9", "a+%22b%22+%26+%C3%BC%2F9", r"a \"b\" & ü/9"):
        assert redact_text(f"<{spelling}>", secrets) == f"<{REDACTED}>"


def test_a_word_that_only_a_name_announces_stays_where_it_is_no_secret() -> None:
    context = context_of(
        network_requests=[{"url": "/a", "status": 422, "timestamp": 1, "responseBody": {"password": "required"}}]
    )

    assert learn_secrets(context, read=["Email is required"]) == frozenset()


def test_a_secret_that_was_only_seen_is_not_read_out_either() -> None:
    token = "xoxb-" + "998877-secretsecret"

    secrets = learn_secrets(context_of(), read=[f"Token {token}"])

    assert redact_transcript(spoken(f"it is {token}."), secrets).words[-1].text == REDACTED


def test_a_secret_over_several_words_is_one_word_from_its_first_to_its_last() -> None:
    heard = spoken("card 4242 4242 4242 4242 please")

    words = redact_transcript(heard, ()).words

    assert [(word.text, word.start_s, word.end_s) for word in words] == [
        ("card", 0.0, 0.5),
        (REDACTED, 0.5, 2.5),
        ("please", 2.5, 3.0),
    ]


def test_lines_on_screens_keep_their_boxes() -> None:
    screens = screens_of((1, ["Key AKIA" + "IOSFODNN7EXAMPLE", "Save"]))

    lines = redact_screens(screens, ()).screens[0].lines

    assert [line.text for line in lines] == [f"Key {REDACTED}", "Save"]
    assert [line.box for line in lines] == [line.box for line in screens.screens[0].lines]


@given(
    st.lists(
        st.sampled_from([*SECRETS.values(), "password=", '"token": "', "Cookie: a=", "?key=", '"', "\\", " ", "x"])
    )
)
@example(["password=", "[redacted]", "x"])
@example(["redacted", "redacted"])
def test_redacting_twice_changes_nothing_more(pieces: list[str]) -> None:
    once = redact_text("".join(pieces), {PASSWORD, "redacted"})

    assert redact_text(once, {PASSWORD, "redacted"}) == once


@pytest.mark.parametrize(
    "hostile",
    ['"password":"' * 2000, "-----BEGIN PRIVATE KEY-----" * 600, "a=" * 8000, "\\" * 16_000, "4" * 16_000, "?a" * 8000],
    ids=["members", "keys", "assignments", "backslashes", "digits", "parameters"],
)
@pytest.mark.timeout(10)
def test_a_hostile_text_takes_no_longer_than_any_other(hostile: str) -> None:
    assert len(redact_text(hostile)) <= len(hostile) + len(REDACTED)
