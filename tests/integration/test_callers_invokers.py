"""Steps, triggers and jobs: only the service account that is named for each of them may call."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from shared.local.identity.tokens import TokenSigner
from tests.integration.invocations import INVOKED, INVOKER_OF, Invocation, invocation_of
from tests.integration.platform import RunningPlatform, clean_environment
from tests.integration.token_issuer import forgers_key

EVERY_FUNCTION = pytest.mark.parametrize("name", INVOKED)


LOADER = """
import sys
from functions import main

for name in sys.argv[1:]:
    try:
        getattr(main, name)
        print(name, "serves")
    except SystemExit as refusal:
        print(name, "says", refusal)
"""


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


def another_function(platform: RunningPlatform, invocation: Invocation) -> str:
    """A token that the same account may call another function with."""
    urls = json.loads(platform.environment["PLAYHEAD_FUNCTION_URLS"])
    another = next(url for name, url in sorted(urls.items()) if name in INVOKED and url != invocation.url)
    return invocation.signer.token(invocation.account, another)


def no_algorithm(platform: RunningPlatform, invocation: Invocation) -> str:
    return jwt.encode(invocation.claims(), "", algorithm="none")


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
    "for another function": lambda platform, invocation: f"Bearer {another_function(platform, invocation)}",
    "another account": lambda platform, invocation: f"Bearer {other_account(platform, invocation)}",
    "another signature": lambda platform, invocation: f"Bearer {another_signature(platform, invocation)}",
    "an unverified address": lambda platform, invocation: f"Bearer {unverified(platform, invocation)}",
    "another issuer": lambda platform, invocation: f"Bearer {another_issuer(platform, invocation)}",
    "no algorithm": lambda platform, invocation: f"Bearer {no_algorithm(platform, invocation)}",
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


@pytest.mark.parametrize(
    ("trust", "word"), [("platform", "says"), (None, "says"), ("verify", "serves")], ids=["platform", "unset", "verify"]
)
def test_nothing_starts_that_trusts_a_platform_which_is_not_there(
    platform: RunningPlatform, trust: str | None, word: str
) -> None:
    """Outside of Cloud Run nobody has checked the signature of a token before the function sees it."""
    environment = clean_environment({**platform.environment, "PLAYHEAD_OIDC_TRUST": trust or ""})
    gone = {"K_SERVICE"} if trust else {"K_SERVICE", "PLAYHEAD_OIDC_TRUST"}

    loaded = subprocess.run(
        [sys.executable, "-c", LOADER, *INVOKED],
        env={name: value for name, value in environment.items() if name not in gone},
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    said = [line.split(" ", 2) for line in loaded.stdout.splitlines()]
    assert [line[:2] for line in said] == [[name, word] for name in INVOKED]
    assert all("oidc_trust=platform is only for Cloud Run" in line[2] for line in said if word == "says")


@pytest.mark.parametrize("body", [{}, [], None, {"run_id": 7, "step": "finish_capture", "epoch": 1}])
def test_a_task_that_is_none_is_dropped_by_its_queue(platform: RunningPlatform, body: object) -> None:
    answer = platform.invoke("steps_finish_capture", "STEP", body)

    assert (answer.status_code, answer.json()) == (200, {"verdict": "malformed"})


def test_a_clock_that_is_half_a_minute_off_is_forgiven(platform: RunningPlatform) -> None:
    invocation = invocation_of(platform, "steps_finish_capture")
    expired = invocation.signer.token(invocation.account, invocation.url, lifetime_s=-30)
    assert jwt.decode(expired, options={"verify_signature": False})["exp"] < time.time()

    assert invocation.call(f"Bearer {expired}").status_code == 200


def test_every_kind_of_function_that_is_not_public_is_tried() -> None:
    assert {one["kind"] for one in INVOKED.values()} == set(INVOKER_OF)
