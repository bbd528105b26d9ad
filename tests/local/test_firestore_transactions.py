"""Transactions read one state and commit only while it is true."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core.exceptions import Aborted, InvalidArgument
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.local.firestore.documents import Documents
from shared.local.firestore.errors import Refused
from shared.local.firestore.transactions import MAX_AGE_S, MAX_IDLE_S, Transactions
from tests.local.firestore_server import Firestore
from tests.local.oracle_exemptions import LOCKS, only_ours

pytest_plugins = ["tests.local.firestore_fixtures"]


def begin(db: Any, **options: Any) -> Any:
    """Start a transaction that the test commits by itself."""
    transaction = db.transaction(**options)
    transaction._begin()
    return transaction


@firestore.transactional
def add_one(transaction: Any, reference: Any) -> None:
    """Read a number and write the next."""
    number = reference.get(transaction=transaction).get("n")
    transaction.update(reference, {"n": number + 1})


def test_a_transaction_writes_what_it_computed_from_its_reads(db: Any) -> None:
    reference = db.document("notes/a")
    reference.set({"n": 0})

    add_one(db.transaction(), reference)
    add_one(db.transaction(), reference)

    assert reference.get().to_dict() == {"n": 2}


def test_two_clients_at_once_try_until_both_have_counted(
    firestore_server: Firestore, firestore_project: str, db: Any
) -> None:
    reference = db.document("notes/a")
    reference.set({"n": 0})
    both = threading.Barrier(2)

    def count(client: Any) -> None:
        both.wait(10)
        for _ in range(2):
            add_one(client.transaction(max_attempts=20), client.document("notes/a"))

    with ThreadPoolExecutor() as pool:
        list(pool.map(count, [firestore_server.client(firestore_project) for _ in range(2)], timeout=60))

    assert reference.get().to_dict() == {"n": 4}


@only_ours("its locks make a minute of this")
def test_no_increment_of_four_contending_clients_is_lost(
    firestore_server: Firestore, firestore_project: str, db: Any
) -> None:
    db.document("notes/a").set({"n": 0})
    start = threading.Barrier(4)

    def increment() -> None:
        client = firestore_server.client(firestore_project)
        start.wait(10)
        for _ in range(5):
            add_one(client.transaction(max_attempts=50), client.document("notes/a"))

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert db.document("notes/a").get().to_dict() == {"n": 20}


def change_document(db: Any) -> None:
    db.document("notes/a").update({"n": 1})


def delete_document(db: Any) -> None:
    db.document("notes/a").delete()


def create_missing(db: Any) -> None:
    db.document("notes/missing").set({})


@only_ours(LOCKS)
@pytest.mark.parametrize("interfere", [change_document, delete_document, create_missing])
def test_a_commit_is_aborted_when_a_document_it_read_has_changed(db: Any, interfere: Callable[[Any], None]) -> None:
    db.document("notes/a").set({"n": 0})
    transaction = begin(db)
    for name in ("a", "missing"):
        db.document(f"notes/{name}").get(transaction=transaction)
    transaction.set(db.document("notes/result"), {})

    interfere(db)

    with pytest.raises(Aborted):
        transaction._commit()
    assert not db.document("notes/result").get().exists


def add_match(db: Any) -> None:
    db.document("notes/c").set({"n": 1})


def change_match(db: Any) -> None:
    db.document("notes/a").update({"other": 1})


def change_to_match(db: Any) -> None:
    db.document("notes/b").update({"n": 1})


@only_ours(LOCKS)
@pytest.mark.parametrize("interfere", [add_match, change_match, change_to_match, delete_document])
def test_a_commit_is_aborted_when_a_query_would_find_something_else(db: Any, interfere: Callable[[Any], None]) -> None:
    db.document("notes/a").set({"n": 1})
    db.document("notes/b").set({"n": 2})
    ones = db.collection("notes").where(filter=FieldFilter("n", "==", 1))
    transaction = begin(db)
    assert [snapshot.id for snapshot in ones.stream(transaction=transaction)] == ["a"]
    transaction.set(db.document("results/x"), {})

    interfere(db)

    with pytest.raises(Aborted):
        transaction._commit()
    assert not db.document("results/x").get().exists


@only_ours(LOCKS)
def test_a_change_of_what_was_not_read_disturbs_nobody(db: Any) -> None:
    db.document("notes/a").set({"n": 1})
    ones = db.collection("notes").where(filter=FieldFilter("n", "==", 1))
    transaction = begin(db)
    ones.get(transaction=transaction)
    transaction.set(db.document("results/x"), {})

    db.document("notes/b").set({"n": 2})
    transaction._commit()

    assert db.document("results/x").get().exists


@only_ours(LOCKS)
def test_the_first_of_two_reads_must_still_be_true(db: Any) -> None:
    reference = db.document("notes/a")
    reference.set({"n": 0})
    transaction = begin(db)
    reference.get(transaction=transaction)
    reference.update({"n": 1})
    reference.get(transaction=transaction)

    with pytest.raises(Aborted):
        transaction._commit()


def test_an_exception_leaves_nothing_behind(db: Any) -> None:
    reference = db.document("notes/a")
    reference.set({"n": 0})

    @firestore.transactional
    def fail(transaction: Any) -> None:
        transaction.update(reference, {"n": 5})
        raise KeyError("x")

    with pytest.raises(KeyError):
        fail(db.transaction())

    assert reference.get().to_dict() == {"n": 0}


@only_ours(LOCKS)
def test_a_transaction_that_always_conflicts_ends_after_its_attempts(db: Any) -> None:
    reference = db.document("notes/a")
    reference.set({"n": 0})

    @firestore.transactional
    def conflict(transaction: Any) -> None:
        reference.get(transaction=transaction)
        reference.update({"n": firestore.Increment(1)})
        transaction.update(reference, {"won": True})

    with pytest.raises(ValueError, match="3 attempts"):
        conflict(db.transaction(max_attempts=3))

    assert reference.get().to_dict() == {"n": 3}


def test_a_read_only_transaction_sees_one_state(db: Any) -> None:
    db.document("notes/a").set({"n": 1})
    transaction = begin(db, read_only=True)

    db.document("notes/a").update({"n": 2})
    db.document("notes/b").set({"n": 1})

    assert db.document("notes/a").get(transaction=transaction).to_dict() == {"n": 1}
    assert [snapshot.id for snapshot in db.collection("notes").stream(transaction=transaction)] == ["a"]
    transaction._commit()


def test_a_read_only_transaction_cannot_write(db: Any) -> None:
    transaction = begin(db, read_only=True)
    write = {"delete": db.document("notes/a")._document_path}

    with pytest.raises(InvalidArgument, match="read-only"):
        db._firestore_api.commit(
            request={"database": db._database_string, "writes": [write], "transaction": transaction.id}
        )


def test_an_unknown_transaction_is_refused(db: Any) -> None:
    transaction = begin(db)
    transaction._id = b"unknown"

    with pytest.raises(InvalidArgument):
        db.document("notes/a").get(transaction=transaction)
    with pytest.raises(InvalidArgument):
        db.collection("notes").get(transaction=transaction)
    with pytest.raises(InvalidArgument):
        transaction._commit()
    with pytest.raises(InvalidArgument):
        transaction._rollback()


def test_the_asynchronous_client_runs_queries_and_transactions(
    firestore_server: Firestore, firestore_project: str
) -> None:
    @firestore.async_transactional
    async def add_one_async(transaction: Any, reference: Any) -> None:
        number = (await reference.get(transaction=transaction)).get("n")
        transaction.update(reference, {"n": number + 1})

    async def run() -> list[dict[str, Any]]:
        client = firestore_server.async_client(firestore_project)
        reference = client.document("notes/a")
        await reference.set({"n": 1})
        await add_one_async(client.transaction(), reference)
        return [snapshot.to_dict() async for snapshot in client.collection("notes").stream()]

    assert asyncio.run(run()) == [{"n": 2}]


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_idle_transaction_is_dropped() -> None:
    clock = Clock()
    transactions = Transactions(clock)
    used, idle = transactions.begin(), transactions.begin()

    clock.now_s += MAX_IDLE_S - 1
    transactions.use(used)
    clock.now_s += 1

    transactions.use(used)
    with pytest.raises(Refused, match="expired"):
        transactions.use(idle)


def test_a_transaction_is_dropped_at_its_age_however_busy() -> None:
    clock = Clock()
    transactions = Transactions(clock)
    busy = transactions.begin(Documents())

    for _ in range(int(MAX_AGE_S / 45) - 1):
        clock.now_s += 45
        transactions.use(busy)
    clock.now_s += 45

    with pytest.raises(Refused, match="expired"):
        transactions.use(busy)
