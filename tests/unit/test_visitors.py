"""Who is asking where credentials are not needed, from where, and how often they may make something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from shared.edge.visitors import admit, recognize
from shared.errors import InvalidRequest, TooMany, Unauthorized
from shared.recordings.keys import issue_key
from shared.recordings.rates import MOST_IN_WINDOW, WINDOW, RateWindow
from shared.recordings.recording import NOBODY
from shared.recordings.visitors import Visitor, keyed, upload_token
from tests.unit.environment import a_settings
from tests.unit.fakes import START, FakeKeys, FakeRecordings

PEPPER = a_settings().key_pepper.get_secret_value()
ID = "0b6e1c5e-9f53-4b1b-8d0c-6a3d1f0a9c11"
OTHER = "00000000-0000-4000-8000-00000000cafe"
PEER = "192.0.2.7"
TOKEN = upload_token(ID, pepper=PEPPER)


def request(headers: dict[str, str], *, peer: str = PEER) -> Request:
    made = EnvironBuilder(headers=Headers(headers), environ_base={"REMOTE_ADDR": peer})
    return Request(made.get_environ())


def key_of(keys: FakeKeys, user: str = "anna") -> str:
    key, text = issue_key(tenant_id="acme", user_id=user, role="member", pepper=PEPPER, now=START)
    keys.save(key)
    return text


def recognized(
    headers: dict[str, str],
    *,
    id: str | None = ID,
    is_open: bool = False,
    keys: FakeKeys | None = None,
    **settings: str,
) -> Visitor:
    chosen = a_settings(**{f"PLAYHEAD_{name.upper()}": value for name, value in settings.items()})
    return recognize(request(headers), id=id, is_open=is_open, keys=keys or FakeKeys(), now=START, settings=chosen)


class TestWho:
    def test_a_caller_is_a_caller(self) -> None:
        keys = FakeKeys()

        visitor = recognized({"X-API-Key": key_of(keys)}, keys=keys)

        assert visitor.caller is not None
        assert (visitor.caller.user_id, visitor.holds_token_of, visitor.actor) == ("anna", None, "user:anna")

    def test_a_token_names_its_recording_and_no_other(self) -> None:
        visitor = recognized({"X-Upload-Token": TOKEN})

        assert (visitor.caller, visitor.holds_token_of, visitor.actor) == (None, ID, "visitor")
        with pytest.raises(Unauthorized):
            recognized({"X-Upload-Token": TOKEN}, id=OTHER)

    def test_an_id_may_be_written_in_capitals(self) -> None:
        assert recognized({"X-Upload-Token": TOKEN}, id=ID.upper()).holds_token_of == ID

    def test_a_token_of_another_pepper_opens_nothing(self) -> None:
        forged = upload_token(ID, pepper=PEPPER + "!")

        with pytest.raises(Unauthorized):
            recognized({"X-Upload-Token": forged})

    def test_a_token_comes_with_credentials_too(self) -> None:
        keys = FakeKeys()
        key = key_of(keys)

        both = recognized({"X-API-Key": key, "X-Upload-Token": TOKEN}, keys=keys)
        useless = recognized({"X-API-Key": key, "X-Upload-Token": "nonsense"}, keys=keys)

        assert [both.holds_token_of, useless.holds_token_of] == [ID, None]
        assert both.caller == useless.caller is not None

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Upload-Token": ""},
            {"X-Upload-Token": "nonsense"},
            {"X-Upload-Token": TOKEN[:-1]},
            {"X-Upload-Token": "\xe4" * 64},
            {"X-Upload-Token": TOKEN, "Authorization": ""},
            {"X-Upload-Token": TOKEN, "Authorization": "Bearer nonsense"},
            {"X-Upload-Token": TOKEN, "X-API-Key": "nonsense"},
        ],
    )
    def test_nothing_or_what_is_not_valid_is_refused_with_the_same_words(self, headers: dict[str, str]) -> None:
        with pytest.raises(Unauthorized) as refused:
            recognized(headers)

        assert refused.value.message == "Credentials are missing or not valid."

    def test_anybody_may_do_what_is_open_but_not_with_bad_credentials(self) -> None:
        assert recognized({}, id=None, is_open=True) == Visitor(address=PEER)
        with pytest.raises(Unauthorized):
            recognized({"X-API-Key": "nonsense"}, id=None, is_open=True)

    def test_nobody_is_not_a_caller_whatever_a_key_says(self) -> None:
        keys = FakeKeys()

        with pytest.raises(Unauthorized):
            recognized({"X-API-Key": key_of(keys, user=NOBODY)}, keys=keys)


class TestFromWhere:
    @pytest.mark.parametrize(
        ("hops", "forwarded", "address"),
        [
            ("0", None, PEER),
            ("0", "203.0.113.9", PEER),
            ("1", None, PEER),
            ("1", "203.0.113.9", "203.0.113.9"),
            ("1", "10.9.8.7, 203.0.113.9", "203.0.113.9"),
            ("2", "10.9.8.7, 203.0.113.9 , 35.191.0.1", "203.0.113.9"),
            ("2", "203.0.113.9", PEER),
            ("1", "203.0.113.9,", PEER),
            ("1", "unknown", "unknown"),
        ],
    )
    def test_the_address_is_what_the_trusted_proxy_saw(self, hops: str, forwarded: str | None, address: str) -> None:
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

        assert recognized(headers, is_open=True, trusted_hops=hops).address == address

    @pytest.mark.parametrize(
        ("seen", "address"),
        [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:DB8:1:3::1", "2001:db8:1:3::/64"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ],
    )
    def test_a_network_that_one_person_has_is_one_address(self, seen: str, address: str) -> None:
        visitor = recognized({"X-Forwarded-For": seen}, is_open=True, trusted_hops="1")

        assert visitor.address == address


class TestHowOften:
    @pytest.fixture
    def recordings(self) -> FakeRecordings:
        return FakeRecordings()

    def admit(
        self,
        recordings: FakeRecordings,
        *,
        after: timedelta = timedelta(0),
        address: str = PEER,
        headers: dict[str, str] | None = None,
    ) -> None:
        visitor = Visitor(address=address)
        admit(request(headers or {}), visitor, recordings=recordings, now=START + after, settings=a_settings())

    def test_so_many_are_let_in_and_the_next_is_told_when(self, recordings: FakeRecordings) -> None:
        for _ in range(MOST_IN_WINDOW):
            self.admit(recordings)

        with pytest.raises(TooMany) as refused:
            self.admit(recordings, after=timedelta(minutes=1))

        assert refused.value.headers == {"Retry-After": str(59 * 60)}

    def test_another_address_and_another_hour_have_their_own(self, recordings: FakeRecordings) -> None:
        for _ in range(MOST_IN_WINDOW):
            self.admit(recordings)

        self.admit(recordings, address="192.0.2.8")
        self.admit(recordings, after=WINDOW)

        counts = sorted(window.count for window in recordings.all_of(RateWindow))
        assert counts == [1, 1]

    def test_no_address_is_kept(self, recordings: FakeRecordings) -> None:
        self.admit(recordings)

        assert PEER not in str(recordings.documents)
        assert [window.id for window in recordings.all_of(RateWindow)] == [keyed("address", PEER, pepper=PEPPER)]

    def test_two_at_once_are_both_counted(self, recordings: FakeRecordings) -> None:
        recordings.interrupt(lambda: self.admit(recordings))

        self.admit(recordings)

        assert [window.count for window in recordings.all_of(RateWindow)] == [2]

    def test_an_idempotency_key_is_refused_and_not_counted(self, recordings: FakeRecordings) -> None:
        with pytest.raises(InvalidRequest, match="Idempotency-Key"):
            self.admit(recordings, headers={"Idempotency-Key": "one"})

        assert recordings.all_of(RateWindow) == []
