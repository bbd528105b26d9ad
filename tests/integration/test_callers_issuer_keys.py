"""The keys of an issuer: fetched when they are needed, and never as often as anybody likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import jwt
import pytest
from werkzeug.datastructures import Headers

from shared.edge.callers import identify
from shared.edge.oidc import KeySource, require_invoker
from shared.errors import PlayheadError, Upstream
from shared.settings import read_settings
from tests.integration.platform import eventually
from tests.integration.token_issuer import AUDIENCE, ISSUER, TokenIssuer, forgers_key, new_key, running_issuer
from tests.unit.environment import ENVIRONMENT
from tests.unit.fakes import START, FakeKeys

ACCOUNT = "tasks@playhead.test"
#: Sends a token to where it is checked.
Check = Callable[[TokenIssuer, str], None]


@pytest.fixture
def issuer() -> Iterator[TokenIssuer]:
    with running_issuer() as running:
        yield running


def as_caller(issuer: TokenIssuer, token: str) -> None:
    settings = read_settings(
        {
            **ENVIRONMENT,
            "PLAYHEAD_JWT_ISSUER": ISSUER,
            "PLAYHEAD_JWT_AUDIENCE": AUDIENCE,
            "PLAYHEAD_JWT_JWKS_URL": issuer.jwks_url,
        }
    )
    identify(Headers({"Authorization": f"Bearer {token}"}), keys=FakeKeys(), now=START, settings=settings)


def as_invoker(issuer: TokenIssuer, token: str) -> None:
    settings = read_settings({**ENVIRONMENT, "PLAYHEAD_OIDC_ISSUER": ISSUER, "PLAYHEAD_OIDC_JWKS_URL": issuer.jwks_url})
    require_invoker(f"Bearer {token}", account=ACCOUNT, audience=AUDIENCE, settings=settings)


both_ways = pytest.mark.parametrize("check", [as_caller, as_invoker])


def good_token(issuer: TokenIssuer) -> str:
    return issuer.token(email=ACCOUNT, email_verified=True)


def of_an_unknown_key(issuer: TokenIssuer) -> str:
    return jwt.encode(issuer.claims(), forgers_key(), algorithm="RS256", headers={"kid": uuid4().hex})


def outcomes(check: Check, issuer: TokenIssuer, tokens: list[str]) -> Counter[int]:
    """How many of the tokens, sent at once from many sides, are answered how; 200 for those that open."""

    def status_of(token: str) -> int:
        try:
            check(issuer, token)
        except PlayheadError as error:
            return error.status
        return 200

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(status_of, tokens))


@both_ways
def test_tokens_of_unknown_keys_make_us_fetch_once(issuer: TokenIssuer, check: Check) -> None:
    unknown = [of_an_unknown_key(issuer) for _ in range(30)]

    assert outcomes(check, issuer, [good_token(issuer), *unknown]) == {200: 1, 401: 30}

    assert issuer.fetches == 1


@both_ways
def test_an_issuer_that_is_down_is_asked_once_and_it_is_nobodys_fault(issuer: TokenIssuer, check: Check) -> None:
    issuer.answers = b""

    assert outcomes(check, issuer, [good_token(issuer)] * 30) == {502: 30}

    assert issuer.fetches == 1


@pytest.mark.parametrize("answers", [b"", b"<html>", b"\xff", b"[]", b"{}", b'{"keys":[]}'])
@both_ways
def test_what_is_no_set_of_keys_is_the_issuers_fault(issuer: TokenIssuer, check: Check, answers: bytes) -> None:
    issuer.answers = answers

    with pytest.raises(Upstream):
        check(issuer, good_token(issuer))


def test_a_new_key_of_the_issuer_is_found_within_the_time(issuer: TokenIssuer) -> None:
    source = KeySource(issuer.jwks_url, refresh_s=0.2)
    source.get_signing_key_from_jwt(issuer.token())

    issuer.key, issuer.key_id = new_key(), "2026-06"

    assert eventually(lambda: finds(source, issuer), within_s=5)
    assert issuer.fetches >= 2


def test_keys_that_are_known_open_while_the_issuer_is_down(issuer: TokenIssuer) -> None:
    source = KeySource(issuer.jwks_url, refresh_s=0)
    source.get_signing_key_from_jwt(issuer.token())
    issuer.answers = b""

    with pytest.raises(Upstream):
        source.get_signing_key_from_jwt(of_an_unknown_key(issuer))

    assert finds(source, issuer)


def test_an_issuer_that_was_down_is_asked_again(issuer: TokenIssuer) -> None:
    source = KeySource(issuer.jwks_url, retry_s=0.2)
    issuer.answers = b""
    assert not finds(source, issuer)

    issuer.answers = None

    assert eventually(lambda: finds(source, issuer), within_s=5)


def finds(source: KeySource, issuer: TokenIssuer) -> bool:
    try:
        return source.get_signing_key_from_jwt(issuer.token()).key_id == issuer.key_id
    except (Upstream, jwt.PyJWKClientError):
        return False
