"""JWTs of an issuer that the settings name, and the rate limit: a platform with both."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
import requests

from tests.integration.platform import TEST_SETTINGS, Capture, RunningPlatform, running_platform
from tests.integration.refusals import refusal
from tests.integration.token_issuer import AUDIENCE, ISSUER, TokenIssuer, forgers_key, running_issuer

PATH = "/api/v1/recordings"
BURST = 10


@pytest.fixture(scope="module")
def issuer() -> Iterator[TokenIssuer]:
    """The issuer whose tokens the platform takes."""
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(issuer: TokenIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform that takes JWTs, and few requests at once."""
    settings = {
        **TEST_SETTINGS,
        "PLAYHEAD_JWT_ISSUER": ISSUER,
        "PLAYHEAD_JWT_AUDIENCE": AUDIENCE,
        "PLAYHEAD_JWT_JWKS_URL": issuer.jwks_url,
        "PLAYHEAD_RATE_PER_S": "5",
        "PLAYHEAD_RATE_BURST": str(BURST),
    }
    with running_platform(tmp_path_factory.mktemp("guarded"), settings) as running:
        yield running


def ask(platform: RunningPlatform, token: str, method: str = "GET", path: str = PATH) -> requests.Response:
    return Capture(platform.url, token).call(method, path)


def test_a_good_token_is_its_subject_of_its_tenant(guarded: RunningPlatform, issuer: TokenIssuer) -> None:
    client = Capture(guarded.url, issuer.token(sub="grace", tenant_id="navy"))

    recording = client.recording(client.create({"has_video": True})["id"])

    assert (recording["tenant_id"], recording["user_id"]) == ("navy", "grace")


def test_tokens_of_one_tenant_see_the_same_and_of_another_nothing(
    guarded: RunningPlatform, issuer: TokenIssuer
) -> None:
    id = Capture(guarded.url, issuer.token(sub="grace", tenant_id="navy")).create({"has_video": True})["id"]
    colleague, stranger = (issuer.token(sub="jean", tenant_id=tenant) for tenant in ("navy", "army"))

    assert ask(guarded, colleague, path=f"{PATH}/{id}").status_code == 200
    assert ask(guarded, stranger, path=f"{PATH}/{id}").status_code == 404


def seconds_ago(seconds: float) -> int:
    return int(time.time() - seconds)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda issuer: issuer.token(exp=seconds_ago(30)), id="expired within the leeway"),
        pytest.param(lambda issuer: issuer.token(aud=["other", AUDIENCE]), id="one audience of several"),
        pytest.param(lambda issuer: issuer.token(iat=None), id="without its time"),
    ],
)
def test_a_token_that_is_good_enough_opens(
    guarded: RunningPlatform, issuer: TokenIssuer, make: Callable[[TokenIssuer], str]
) -> None:
    assert ask(guarded, make(issuer)).status_code == 200


def signed_by_hand(header: dict[str, str], claims: dict[str, object], secret: bytes | None) -> str:
    """A token as no library would sign it: HMAC under what is not a secret, or nothing at all."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = b"" if secret is None else hmac.new(secret, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def under_the_public_key(issuer: TokenIssuer) -> str:
    header = {"alg": "HS256", "typ": "JWT", "kid": issuer.key_id}
    return signed_by_hand(header, issuer.claims(), issuer.public_pem())


def unsigned(issuer: TokenIssuer) -> str:
    return signed_by_hand({"alg": "none", "typ": "JWT", "kid": issuer.key_id}, issuer.claims(), None)


def of_another_key(issuer: TokenIssuer) -> str:
    return jwt.encode(issuer.claims(), forgers_key(), algorithm="RS256", headers={"kid": issuer.key_id})


def of_an_unknown_key(issuer: TokenIssuer) -> str:
    return jwt.encode(issuer.claims(), forgers_key(), algorithm="RS256", headers={"kid": "2019-01"})


def without_a_key_id(issuer: TokenIssuer) -> str:
    return jwt.encode(issuer.claims(), issuer.key, algorithm="RS256")


def of_another_hash(issuer: TokenIssuer) -> str:
    return jwt.encode(issuer.claims(), issuer.key, algorithm="RS512", headers={"kid": issuer.key_id})


def with_changed_claims(issuer: TokenIssuer) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{issuer.token(tenant_id='army').split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda issuer: issuer.token(exp=seconds_ago(120)), id="expired"),
        pytest.param(lambda issuer: issuer.token(exp=None), id="without an end"),
        pytest.param(lambda issuer: issuer.token(nbf=seconds_ago(-600)), id="not yet in force"),
        pytest.param(lambda issuer: issuer.token(aud="another"), id="for another audience"),
        pytest.param(lambda issuer: issuer.token(aud=None), id="for no audience"),
        pytest.param(lambda issuer: issuer.token(iss="https://evil.example"), id="of another issuer"),
        pytest.param(lambda issuer: issuer.token(iss=None), id="of no issuer"),
        pytest.param(lambda issuer: issuer.token(sub=None), id="of nobody"),
        pytest.param(lambda issuer: issuer.token(sub=""), id="of an empty name"),
        pytest.param(lambda issuer: issuer.token(tenant_id=None), id="of no tenant"),
        pytest.param(lambda issuer: issuer.token(tenant_id=""), id="of an empty tenant"),
        pytest.param(lambda issuer: issuer.token(tenant_id=["navy"]), id="of tenants"),
        pytest.param(lambda issuer: issuer.token()[:-6], id="cut short"),
        pytest.param(under_the_public_key, id="HS256 under the public key"),
        pytest.param(unsigned, id="unsigned"),
        pytest.param(of_another_key, id="of another key"),
        pytest.param(of_an_unknown_key, id="of an unknown key"),
        pytest.param(without_a_key_id, id="without a key id"),
        pytest.param(of_another_hash, id="RS512"),
        pytest.param(with_changed_claims, id="with changed claims"),
        pytest.param(lambda issuer: "a.b.c", id="of no meaning"),
    ],
)
def test_a_token_that_is_not_good_opens_nothing(
    guarded: RunningPlatform, issuer: TokenIssuer, make: Callable[[TokenIssuer], str]
) -> None:
    answer = ask(guarded, make(issuer))

    assert refusal(answer, 401, "unauthorized") == "Credentials are missing or not valid."


def test_a_token_is_no_api_key(guarded: RunningPlatform, issuer: TokenIssuer) -> None:
    answer = Capture(guarded.url, None).call("GET", PATH, headers={"X-API-Key": issuer.token()})

    refusal(answer, 401, "unauthorized")


def test_a_token_beside_an_api_key_of_somebody_else_opens_nothing(
    guarded: RunningPlatform, issuer: TokenIssuer
) -> None:
    key = guarded.environment["PLAYHEAD_API_KEY"]

    answer = Capture(guarded.url, issuer.token()).call("GET", PATH, headers={"X-API-Key": key})

    refusal(answer, 401, "unauthorized")


def ask_too_much(platform: RunningPlatform, token: str, *paths: str) -> requests.Response:
    """Ask from many sides until somebody is refused."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda number: ask(platform, token, path=paths[number % len(paths)]), range(120))
        refused = [answer for answer in answers if answer.status_code == 429]
    assert refused, "120 requests at once were nobody too much"
    return refused[0]


def test_a_caller_who_asks_too_much_is_told_when_to_come_back(guarded: RunningPlatform, issuer: TokenIssuer) -> None:
    token = issuer.token(sub="hasty")

    refused = ask_too_much(guarded, token, PATH)

    refusal(refused, 429, "rate_limited")
    assert refused.headers["Retry-After"] == "1"
    time.sleep(int(refused.headers["Retry-After"]))
    assert ask(guarded, token).status_code == 200


def test_a_quiet_caller_may_ask_a_burst_at_once(guarded: RunningPlatform, issuer: TokenIssuer) -> None:
    token = issuer.token(sub="quiet")

    assert [ask(guarded, token).status_code for _ in range(BURST)] == [200] * BURST


def test_the_limit_is_each_callers_own_and_counts_every_endpoint(guarded: RunningPlatform, issuer: TokenIssuer) -> None:
    ask_too_much(guarded, issuer.token(sub="hasty-too"), PATH, f"{PATH}/unknown", f"{PATH}/unknown/events")

    assert ask(guarded, issuer.token(sub="patient")).status_code == 200


def test_those_who_are_refused_do_not_use_up_the_limit_of_others(guarded: RunningPlatform, issuer: TokenIssuer) -> None:
    victim = issuer.token(sub="victim")

    for _ in range(2 * BURST):
        refusal(ask(guarded, victim[:-6]), 401, "unauthorized")

    assert ask(guarded, victim).status_code == 200
