"""Steps, triggers and jobs: only the service account that is named for each of them may call."""

from __future__ import annotations

import time
from collections.abc import Callable

import jwt
import pytest

from shared.local.identity.tokens import TokenSigner
from tests.integration.invocations import INVOKED, INVOKER_OF, Invocation, invocation_of
from tests.integration.platform import RunningPlatform
from tests.integration.token_issuer import forgers_key

EVERY_FUNCTION = pytest.mark.parametrize("name", INVOKED)


def other_account(platform: RunningPlatform, invocation: Invocation) -> str:
    accounts = {platform.environment[setting] for setting in INVOKER_OF.values()} - {invocation.account}
    return invocation.signer.token(sorted(accounts)[0], invocation.url)


def another_signature(platform: RunningPlatform, invocation: Invocation) -> str:
    headers = jwt.get_unverified_header(invocation.good_token())
    return jwt.encode(invocation.claims(), forgers_key(), algorithm="RS256", headers={"kid": headers["kid"]})


def unverified(platform: RunningPlatform, invocation: Invocation) -> str:
    key = (platform.data / "identity" / "key.pem").read_bytes()
    headers = jwt.get_unverified_header(invocation.good_token())
    claims = invocation.claims(email_verified=False)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": headers["kid"]})


def another_issuer(platform: RunningPlatform, invocation: Invocation) -> str:
    signer = TokenSigner("https://accounts.example", platform.data / "identity" / "key.pem")
    return signer.token(invocation.account, invocation.url)


BAD_TOKENS: dict[str, Callable[[RunningPlatform, Invocation], str | None]] = {
    "none": lambda platform, invocation: None,
    "garbage": lambda platform, invocation: "Bearer garbage",
    "another scheme": lambda platform, invocation: f"Basic {invocation.good_token()}",
    "an API key": lambda platform, invocation: f"Bearer {platform.environment['PLAYHEAD_API_KEY']}",
    "expired": lambda platform, invocation: (
        f"Bearer {invocation.signer.token(invocation.account, invocation.url, lifetime_s=-120)}"
    ),
    "another audience": lambda platform, invocation: (
        f"Bearer {invocation.signer.token(invocation.account, platform.url)}"
    ),
    "another account": lambda platform, invocation: f"Bearer {other_account(platform, invocation)}",
    "another signature": lambda platform, invocation: f"Bearer {another_signature(platform, invocation)}",
    "an unverified address": lambda platform, invocation: f"Bearer {unverified(platform, invocation)}",
    "another issuer": lambda platform, invocation: f"Bearer {another_issuer(platform, invocation)}",
    "no signature": lambda platform, invocation: f"Bearer {invocation.good_token().rpartition('.')[0]}.",
}


@EVERY_FUNCTION
@pytest.mark.parametrize("bad", BAD_TOKENS)
def test_nobody_but_the_named_account_may_call(platform: RunningPlatform, name: str, bad: str) -> None:
    invocation = invocation_of(platform, name)

    answer = invocation.call(BAD_TOKENS[bad](platform, invocation))

    assert answer.status_code == 401, answer.text
    assert list(answer.json()) == ["error"]


@EVERY_FUNCTION
def test_the_named_account_may_call(platform: RunningPlatform, name: str) -> None:
    invocation = invocation_of(platform, name)

    answer = invocation.call(f"Bearer {invocation.good_token()}")

    assert answer.status_code == 200, answer.text


def test_a_clock_that_is_half_a_minute_off_is_forgiven(platform: RunningPlatform) -> None:
    invocation = invocation_of(platform, "steps_finish_capture")
    expired = invocation.signer.token(invocation.account, invocation.url, lifetime_s=-30)
    assert jwt.decode(expired, options={"verify_signature": False})["exp"] < time.time()

    assert invocation.call(f"Bearer {expired}").status_code == 200


def test_every_kind_of_function_that_is_not_public_is_tried() -> None:
    assert {one["kind"] for one in INVOKED.values()} == set(INVOKER_OF)
