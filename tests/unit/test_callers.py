"""Who is asking, by API key. (JWTs need an issuer: they are tested against the local platform.)"""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.datastructures import Headers

from shared.edge.callers import identify
from shared.errors import Unauthorized
from shared.recordings.keys import issue_key
from shared.recordings.recording import Caller
from tests.unit.environment import a_settings
from tests.unit.fakes import START, FakeKeys

PEPPER = a_settings().key_pepper.get_secret_value()


class KeyRing:
    """Issued keys, and what `identify` makes of headers that carry them."""

    def __init__(self) -> None:
        self._keys = FakeKeys()

    def issue(self, user_id: str) -> str:
        key, text = issue_key(
            tenant_id="acme",
            user_id=user_id,
            role="member",
            pepper=PEPPER,
            now=START,
            expires_at=START + timedelta(days=1),
        )
        self._keys.save(key)
        return text

    def identify(self, headers: dict[str, str], *, after: timedelta = timedelta(0)) -> Caller:
        return identify(Headers(headers), keys=self._keys, now=START + after, settings=a_settings())


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing()


def test_a_key_is_taken_from_either_header(ring: KeyRing) -> None:
    key = ring.issue("anna")

    callers = [
        ring.identify({"Authorization": f"Bearer {key}"}),
        ring.identify({"Authorization": f"bearer  {key} "}),
        ring.identify({"X-API-Key": key}),
        ring.identify({"X-API-Key": key, "Authorization": f"Bearer {key}"}),
    ]

    assert {(caller.tenant_id, caller.user_id) for caller in callers} == {("acme", "anna")}


def test_two_credentials_that_disagree_are_refused(ring: KeyRing) -> None:
    anna, carl = ring.issue("anna"), ring.issue("carl")

    with pytest.raises(Unauthorized):
        ring.identify({"X-API-Key": anna, "Authorization": f"Bearer {carl}"})


def test_a_good_credential_does_not_excuse_a_bad_one(ring: KeyRing) -> None:
    key = ring.issue("anna")

    with pytest.raises(Unauthorized):
        ring.identify({"X-API-Key": key, "Authorization": "Bearer nonsense"})


def test_an_expired_key_is_refused(ring: KeyRing) -> None:
    key = ring.issue("anna")

    with pytest.raises(Unauthorized):
        ring.identify({"X-API-Key": key}, after=timedelta(days=1))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YW5uYTpwdw=="},
        {"Authorization": "Bearer ph_nonsense"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."},
        {"X-API-Key": ""},
        {"X-API-Key": f"ph_{'a' * 16}_{'s' * 43}"},
    ],
)
def test_no_credential_or_an_unknown_one_is_refused_with_the_same_words(ring: KeyRing, headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized) as refusal:
        ring.identify(headers)

    assert refusal.value.status == 401
    assert refusal.value.headers == {"WWW-Authenticate": "Bearer"}
