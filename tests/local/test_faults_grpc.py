"""Calls of Firestore and the queue fail as asked, and Google's own clients meet it as they would in production."""

import time

import pytest
from google.api_core.exceptions import AlreadyExists, DeadlineExceeded, ResourceExhausted, ServiceUnavailable
from google.cloud import firestore, tasks_v2

from tests.local.misbehaving import Misbehaving

pytest_plugins = ["tests.local.faults_fixtures"]


def test_a_commit_is_repeated_while_the_database_is_unavailable(misbehaving: Misbehaving) -> None:
    document = misbehaving.firestore.document("calls/unavailable")

    with misbehaving.armed(
        "firestore", "call", "fail", match={"method": "Commit"}, code="UNAVAILABLE", skip=1, times=2
    ):
        document.set({"number": 1})
        document.update({"number": firestore.Increment(1)})

    assert document.get().to_dict() == {"number": 2}


def test_a_transaction_that_is_aborted_runs_again(misbehaving: Misbehaving) -> None:
    document = misbehaving.firestore.document("calls/aborted")
    document.set({"number": 1})
    runs = []

    @firestore.transactional
    def increment(transaction: firestore.Transaction) -> None:
        number = document.get(transaction=transaction).get("number")
        transaction.update(document, {"number": number + 1})
        runs.append(number)

    with misbehaving.armed("firestore", "call", "fail", match={"method": "Commit"}, code="ABORTED", times=2):
        increment(misbehaving.firestore.transaction())

    assert runs == [1, 1, 1]
    assert document.get().to_dict() == {"number": 2}


@pytest.mark.parametrize("at", ["call", "answer"])
def test_a_read_that_is_refused_is_repeated(misbehaving: Misbehaving, at: str) -> None:
    document = misbehaving.firestore.document(f"reads/{at}")
    document.set({"number": 1})

    with misbehaving.armed("firestore", at, "fail", match={"method": "BatchGetDocuments"}, code="UNAVAILABLE"):
        assert document.get().to_dict() == {"number": 1}


def test_a_call_that_stalls_misses_its_deadline(misbehaving: Misbehaving) -> None:
    document = misbehaving.firestore.document("calls/stalled")
    with misbehaving.armed("firestore", "call", "stall", match={"method": "Commit"}, delay_s=1):
        with pytest.raises(DeadlineExceeded):
            document.set({}, retry=None, timeout=0.3)
        started_s = time.monotonic()
        document.set({"number": 1})

    assert time.monotonic() - started_s < 1


def test_a_commit_that_was_never_answered_has_happened(misbehaving: Misbehaving) -> None:
    document, pid = misbehaving.firestore.document("calls/crashed"), misbehaving.platform.pid("firestore")

    with misbehaving.armed("firestore", "answer", "crash", match={"method": "Commit"}):
        # The client repeats what was not answered, and meets itself.
        with pytest.raises(AlreadyExists):
            document.create({"number": 1})
        misbehaving.wait_for_restart("firestore", pid)

    assert document.get().to_dict() == {"number": 1}


def test_a_crash_before_a_commit_leaves_nothing(misbehaving: Misbehaving) -> None:
    document, pid = misbehaving.firestore.document("calls/lost"), misbehaving.platform.pid("firestore")

    with misbehaving.armed("firestore", "call", "crash", match={"method": "Commit"}):
        with pytest.raises(ServiceUnavailable):
            document.create({"number": 1}, retry=None)
        misbehaving.wait_for_restart("firestore", pid)

    assert not document.get().exists


def test_a_task_may_exist_although_its_creation_failed(misbehaving: Misbehaving) -> None:
    parent = misbehaving.new_queue("named")
    misbehaving.tasks.pause_queue(name=parent)
    request = tasks_v2.HttpRequest(url="http://127.0.0.1:1/")
    task = tasks_v2.Task(name=f"{parent}/tasks/once", http_request=request)

    with misbehaving.armed("tasks", "answer", "fail", match={"method": "CreateTask"}, code="UNAVAILABLE"):
        with pytest.raises(ServiceUnavailable):
            misbehaving.tasks.create_task(parent=parent, task=task)
        with pytest.raises(AlreadyExists):
            misbehaving.tasks.create_task(parent=parent, task=task)


def test_a_task_does_not_exist_when_its_creation_was_refused(misbehaving: Misbehaving) -> None:
    parent = misbehaving.new_queue("refusing")
    misbehaving.tasks.pause_queue(name=parent)
    task = tasks_v2.Task(http_request=tasks_v2.HttpRequest(url="http://127.0.0.1:1/"))

    with (
        misbehaving.armed("tasks", "call", "fail", match={"method": "Create*"}, code="RESOURCE_EXHAUSTED"),
        pytest.raises(ResourceExhausted, match="a fault of the plan"),
    ):
        misbehaving.tasks.create_task(parent=parent, task=task)

    assert list(misbehaving.tasks.list_tasks(parent=parent)) == []
