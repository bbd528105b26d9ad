"""API keys: only the one who was shown a key opens it, and only while it is in force."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recordings.codec import to_plain
from shared.recordings.keys import ApiKey, issue_key, opens, split_key
from shared.recordings.recording import Caller
from shared.structs import replace
from tests.unit.fakes import START

PEPPER = "p" * 32


def issue(**more: object) -> tuple[ApiKey, str]:
    key, text = issue_key(tenant_id="acme", user_id="anna", role="admin", pepper=PEPPER, now=START)
    return replace(key, **more), text  # type: ignore[arg-type]  # the fields that a test names


def secret_of(text: str) -> str:
    parts = split_key(text)
    assert parts is not None
    return parts[1]


def test_a_key_opens_with_its_own_text() -> None:
    key, text = issue()

    assert split_key(text) == (key.id, secret_of(text))
    assert opens(key, secret_of(text), pepper=PEPPER, now=START)
    assert key.caller() == Caller(tenant_id="acme", user_id="anna", role="admin", key_id=key.id)


def test_every_key_looks_alike_and_none_is_issued_twice() -> None:
    texts = {issue()[1] for _ in range(50)}

    assert len(texts) == 50
    assert all(re.fullmatch(r"ph_[a-z0-9]{16}_[A-Za-z0-9_-]{43}", text) for text in texts)


def test_the_secret_is_not_kept() -> None:
    key, text = issue()

    assert secret_of(text) not in str(to_plain(key))


@given(st.integers(0, 42), st.sampled_from("aB3_-"))
def test_a_secret_that_differs_in_one_place_does_not_open(position: int, letter: str) -> None:
    key, text = issue()
    secret = secret_of(text)

    wrong = secret[:position] + letter + secret[position + 1 :]

    assert opens(key, wrong, pepper=PEPPER, now=START) == (wrong == secret)


def test_a_secret_opens_no_other_key_and_under_no_other_pepper() -> None:
    (key, text), (other, _) = issue(), issue()

    assert not opens(other, secret_of(text), pepper=PEPPER, now=START)
    assert not opens(key, secret_of(text), pepper="q" * 32, now=START)
    assert not opens(None, secret_of(text), pepper=PEPPER, now=START)


def test_a_key_is_in_force_until_the_moment_it_expires() -> None:
    key, text = issue(expires_at=START + timedelta(days=1))

    assert opens(key, secret_of(text), pepper=PEPPER, now=START + timedelta(days=1, microseconds=-1))
    assert not opens(key, secret_of(text), pepper=PEPPER, now=START + timedelta(days=1))


def test_a_revoked_key_does_not_open() -> None:
    key, text = issue(revoked_at=START)

    assert not opens(key, secret_of(text), pepper=PEPPER, now=START)


ID, SECRET = "a1" * 8, "s" * 43


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ph_",
        f"{ID}_{SECRET}",
        f"ph_{ID}_{SECRET}\n",
        f" ph_{ID}_{SECRET}",
        f"PH_{ID}_{SECRET}",
        f"ph_{ID.upper()}_{SECRET}",
        f"ph_{ID[1:]}_{SECRET}",
        f"ph_{ID}_{SECRET[1:]}",
        f"ph_{ID}_{SECRET}s",
        f"ph_{ID}_{SECRET[1:]}=",
        f"ph_{ID}_{SECRET[1:]}é",
        f"ph_{ID}{SECRET}",
    ],
)
def test_any_other_text_is_no_key(text: str) -> None:
    assert split_key(text) is None
