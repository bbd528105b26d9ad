"""`Idempotency-Key`: what a request with a key is to do, and what is remembered of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.edge.once import once
from shared.errors import InvalidRequest, NotFound
from shared.recordings.idempotency import KeyReused, Once, OnceRecord, StillInProgress, record_id, reserve
from shared.recordings.recording import Caller
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START, FakeRecordings

A_MINUTE, A_DAY, A_MOMENT = timedelta(seconds=60), timedelta(hours=24), timedelta(microseconds=1)
IN_PROGRESS = OnceRecord(id="k", body_hash="body", expire_at=START + A_MINUTE)
MADE = OnceRecord(id="k", body_hash="body", expire_at=START + A_DAY, resource_id="r1")


def reserve_at(existing: OnceRecord | None, *, after: timedelta, body: str = "body") -> tuple[Once, OnceRecord | None]:
    return reserve(existing, id="k", body_hash=body, now=START + after)


def test_a_new_key_is_reserved_for_a_minute() -> None:
    found, record = reserve_at(None, after=timedelta(0))

    assert record == IN_PROGRESS
    assert found == Once(record=record)


def test_the_same_request_again_is_given_what_the_first_one_made() -> None:
    found, record = reserve_at(MADE, after=A_DAY - A_MOMENT)

    assert (found.made, found.record, record) == ("r1", None, None)


@pytest.mark.parametrize("existing", [IN_PROGRESS, MADE], ids=["in progress", "made"])
def test_the_same_key_with_another_body_is_refused(existing: OnceRecord) -> None:
    with pytest.raises(KeyReused):
        reserve_at(existing, after=A_MOMENT, body="another body")


def test_the_same_request_while_the_first_is_at_work_is_refused() -> None:
    with pytest.raises(StillInProgress):
        reserve_at(IN_PROGRESS, after=A_MINUTE - A_MOMENT)


@pytest.mark.parametrize(("existing", "lifetime"), [(IN_PROGRESS, A_MINUTE), (MADE, A_DAY)])
@pytest.mark.parametrize("body", ["body", "another body"])
def test_an_expired_key_is_a_new_one(existing: OnceRecord, lifetime: timedelta, body: str) -> None:
    found, record = reserve_at(existing, after=lifetime, body=body)

    assert found.made is None
    assert record == OnceRecord(id="k", body_hash=body, expire_at=START + lifetime + A_MINUTE)


def test_a_completed_key_is_remembered_for_a_day() -> None:
    recordings = FakeRecordings()
    recordings.put(IN_PROGRESS)

    complete(recordings, Once(record=IN_PROGRESS))

    assert recordings.transact(lambda transaction: transaction.once("k")) == MADE


def test_without_a_key_nothing_is_remembered() -> None:
    recordings = FakeRecordings()

    complete(recordings, Once())

    assert recordings.documents == {}


@pytest.mark.parametrize(
    "meanwhile",
    [replace(IN_PROGRESS, expire_at=START + A_MINUTE * 2), replace(MADE, resource_id="r2"), None],
    ids=["reserved anew", "made by another", "forgotten"],
)
def test_a_creator_that_was_slower_than_its_reservation_makes_nothing(meanwhile: OnceRecord | None) -> None:
    recordings = FakeRecordings()
    recordings.put(*(() if meanwhile is None else (meanwhile,)))

    with pytest.raises(StillInProgress):
        complete(recordings, Once(record=IN_PROGRESS))

    assert recordings.transact(lambda transaction: transaction.once("k")) == meanwhile


callers = st.builds(Caller, tenant_id=st.text("ab", min_size=1), user_id=st.text("ab", min_size=1))
requests = st.tuples(callers, st.sampled_from(["capture_create", "rooms_create"]), st.text("ab", min_size=1))


@given(requests, requests)
def test_a_key_is_of_one_tenant_user_and_function(one: tuple[Caller, str, str], other: tuple[Caller, str, str]) -> None:
    assert (record_id(*one) == record_id(*other)) == (one == other)


def test_a_callers_keys_do_not_depend_on_the_credential() -> None:
    with_another_key = replace(ANNA, key_id="k2", role="admin")

    assert record_id(ANNA, "f", "key") == record_id(with_another_key, "f", "key")


def test_a_key_itself_is_never_kept() -> None:
    assert "my-secret-order-number" not in record_id(ANNA, "f", "my-secret-order-number")


class TestAtTheEdge:
    """`once` around a handler."""

    def test_a_handler_that_fails_leaves_the_key_free(self) -> None:
        recordings = FakeRecordings()

        with pytest.raises(NotFound), enter(recordings):
            raise NotFound

        with enter(recordings) as again:
            assert again.made is None

    def test_a_handler_that_fails_after_its_commit_does_not(self) -> None:
        recordings = FakeRecordings()

        def handle() -> None:
            with enter(recordings) as first:
                complete(recordings, first)
                raise NotFound

        with pytest.raises(NotFound):
            handle()

        with enter(recordings) as again:
            assert again.made == "r1"

    def test_a_handler_that_fails_late_leaves_another_ones_reservation_alone(self) -> None:
        recordings = FakeRecordings()
        slow = enter(recordings)
        slow.__enter__()

        with once("key", caller=ANNA, function="capture_create", body=b"{}", recordings=recordings, now=START + A_DAY):
            slow.__exit__(NotFound, NotFound(), None)

            with pytest.raises(StillInProgress):
                enter(recordings).__enter__()

    def test_two_requests_at_once_are_one_at_work_and_one_refused(self) -> None:
        recordings = FakeRecordings()

        with enter(recordings), pytest.raises(StillInProgress), enter(recordings):
            pass

    def test_two_reservations_at_the_same_moment_are_one(self) -> None:
        recordings = FakeRecordings()
        first = enter(recordings)
        recordings.interrupt(first.__enter__)

        with pytest.raises(StillInProgress):
            enter(recordings).__enter__()

    def test_another_callers_equal_key_is_another_key(self) -> None:
        recordings = FakeRecordings()

        with enter(recordings) as mine, enter(recordings, caller=BERT) as theirs:
            assert mine.record is not None
            assert theirs.record is not None

    def test_a_request_without_a_key_touches_nothing(self) -> None:
        recordings = FakeRecordings()

        with enter(recordings, key=None) as found:
            assert found == Once()

        assert recordings.documents == {}

    @pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "k" * 256, "schlüssel", "\x7f"])
    def test_a_key_of_other_than_visible_ascii_is_refused(self, key: str) -> None:
        with pytest.raises(InvalidRequest), enter(FakeRecordings(), key=key):
            pass

    @pytest.mark.parametrize("key", ["k", "k" * 255, "!~", "4f6e-a1"])
    def test_a_key_of_visible_ascii_is_taken(self, key: str) -> None:
        with enter(FakeRecordings(), key=key) as found:
            assert found.record is not None


def complete(recordings: FakeRecordings, reserved: Once) -> None:
    """Make the resource r1 and nothing else, in a transaction."""
    recordings.transact(lambda transaction: reserved.complete(transaction, "r1", now=START))


def enter(
    recordings: FakeRecordings, *, key: str | None = "key", caller: Caller = ANNA
) -> AbstractContextManager[Once]:
    return once(key, caller=caller, function="capture_create", body=b"{}", recordings=recordings, now=START)
