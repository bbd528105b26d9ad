"""API keys: where they may stand, and when they open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.integration.api_keys import revoke, save_key
from tests.integration.platform import Capture, RunningPlatform
from tests.integration.refusals import refusal

PATH = "/api/v1/recordings"


@pytest.fixture(scope="module")
def key(platform: RunningPlatform) -> str:
    """A key that is in force."""
    return save_key("key-holders", "ada")


def ask(platform: RunningPlatform, headers: dict[str, str]) -> requests.Response:
    return Capture(platform.url, None).call("GET", PATH, headers=headers)


@pytest.mark.parametrize(
    "header", ["Authorization: Bearer {key}", "authorization: bearer {key}", "X-API-Key: {key}", "X-API-Key: {key} "]
)
def test_a_key_opens_in_either_header(platform: RunningPlatform, key: str, header: str) -> None:
    name, _, value = header.format(key=key).partition(": ")

    assert ask(platform, {name: value}).status_code == 200


def test_a_key_in_both_headers_is_one_caller(platform: RunningPlatform, key: str) -> None:
    answer = ask(platform, {"Authorization": f"Bearer {key}", "X-API-Key": key})

    assert answer.status_code == 200


def test_two_credentials_that_disagree_open_nothing(platform: RunningPlatform, key: str) -> None:
    other = save_key("other-key-holders")

    for bearer, header in [(key, other), (other, key), (key, "nonsense"), ("nonsense", key), ("", key)]:
        answer = ask(platform, {"Authorization": f"Bearer {bearer}", "X-API-Key": header})
        refusal(answer, 401, "unauthorized")


def wrong_secret(key: str) -> str:
    return key[:-1] + ("A" if key[-1] != "A" else "B")


@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(wrong_secret, id="another secret"),
        pytest.param(lambda key: key[:-1], id="cut short"),
        pytest.param(lambda key: key + "A", id="too long"),
        pytest.param(lambda key: key.upper(), id="upper case"),
        pytest.param(lambda key: key.removeprefix("ph_"), id="without its prefix"),
        pytest.param(lambda key: f"ph_{'a' * 16}_{key[-43:]}", id="of an unknown id"),
        pytest.param(lambda key: key.rpartition("_")[0], id="the id alone"),
        pytest.param(lambda key: "", id="nothing"),
        pytest.param(lambda key: "ph_", id="the prefix alone"),
        pytest.param(lambda key: f"{key}é", id="not ASCII"),
    ],
)
@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_what_is_not_the_key_does_not_open(
    platform: RunningPlatform, key: str, header: str, mangle: Callable[[str], str]
) -> None:
    answer = ask(platform, {header: f"Bearer {mangle(key)}" if header == "Authorization" else mangle(key)})

    assert refusal(answer, 401, "unauthorized") == "Credentials are missing or not valid."


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer:", ""])
def test_a_key_under_another_scheme_does_not_open(platform: RunningPlatform, key: str, scheme: str) -> None:
    refusal(ask(platform, {"Authorization": f"{scheme} {key}".strip()}), 401, "unauthorized")


def test_a_key_is_not_taken_from_the_query(platform: RunningPlatform, key: str) -> None:
    answer = Capture(platform.url, None).call("GET", f"{PATH}?api_key={key}&key={key}&access_token={key}")

    refusal(answer, 401, "unauthorized")


def test_a_revoked_key_does_not_open(platform: RunningPlatform) -> None:
    refusal(platform.client(save_key("key-holders", changed=revoke)).call("GET", PATH), 401, "unauthorized")


def test_a_key_opens_until_it_expires(platform: RunningPlatform) -> None:
    now = datetime.now(UTC)
    over, in_force = (save_key("key-holders", expires_at=now + timedelta(minutes=left)) for left in (-1, 10))

    refusal(platform.client(over).call("GET", PATH), 401, "unauthorized")
    assert platform.client(in_force).call("GET", PATH).status_code == 200


def test_all_keys_of_a_tenant_see_the_same_recordings(platform: RunningPlatform, key: str) -> None:
    colleague = platform.client(save_key("key-holders", "bob"))

    created = platform.client(key).create({"has_video": True})

    assert colleague.recording(created["id"])["user_id"] == "ada"
    assert colleague.delete(created["id"]).status_code == 204
