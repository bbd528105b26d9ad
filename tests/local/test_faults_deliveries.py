"""Deliveries of the queue, the scheduler and storage go wrong as asked, and everything arrives in the end."""

import time
from contextlib import suppress
from typing import Any

import pytest
import requests
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import tasks_v2

from shared.local.faults.arming import FaultsOutstanding
from tests.local.misbehaving import Misbehaving
from tests.local.receiver import Hit, Receiver

pytest_plugins = ["tests.local.faults_fixtures"]


@pytest.fixture(scope="module")
def queue(misbehaving: Misbehaving) -> str:
    return misbehaving.new_queue("soon")


def enqueue(misbehaving: Misbehaving, queue: str, url: str, body: bytes = b"") -> None:
    request = tasks_v2.HttpRequest(url=url, body=body)
    misbehaving.tasks.create_task(parent=queue, task=tasks_v2.Task(http_request=request))


def attempts(hits: list[Hit]) -> list[str | None]:
    return [hit.headers["X-CloudTasks-TaskRetryCount"] for hit in hits]


def test_a_duplicated_task_arrives_twice_as_the_same_attempt(
    misbehaving: Misbehaving, receiver: Receiver, queue: str
) -> None:
    match = {"function": "twice", "queue": "soon"}
    with misbehaving.armed("tasks", "deliver", "duplicate", match=match, delay_s=0.2):
        enqueue(misbehaving, queue, receiver.url("/fn/twice"))

        first, second = receiver.wait_for("/fn/twice", 2)

    assert second.at_s - first.at_s >= 0.15
    assert attempts([first, second]) == ["0", "0"]
    assert first.headers["X-CloudTasks-TaskName"] == second.headers["X-CloudTasks-TaskName"]


def test_a_delayed_task_arrives_late(misbehaving: Misbehaving, receiver: Receiver, queue: str) -> None:
    with misbehaving.armed("tasks", "deliver", "delay", match={"function": "late"}, delay_s=0.5):
        created_s = time.time()
        enqueue(misbehaving, queue, receiver.url("/fn/late"))

        (hit,) = receiver.wait_for("/fn/late")

    assert hit.at_s - created_s >= 0.5


def test_a_dropped_task_is_delivered_by_a_later_attempt(
    misbehaving: Misbehaving, receiver: Receiver, queue: str
) -> None:
    with misbehaving.armed("tasks", "deliver", "drop", match={"function": "lost"}, times=2):
        enqueue(misbehaving, queue, receiver.url("/fn/lost"))

        hits = receiver.wait_for("/fn/lost")

    assert attempts(hits) == ["2"]
    # Nobody answered, so nothing was executed.
    assert hits[0].headers["X-CloudTasks-TaskExecutionCount"] == "0"


def test_a_task_that_fails_without_its_function_is_tried_again(
    misbehaving: Misbehaving, receiver: Receiver, queue: str
) -> None:
    with misbehaving.armed("tasks", "deliver", "fail", match={"function": "fails"}, status=409):
        enqueue(misbehaving, queue, receiver.url("/fn/fails"))

        hits = receiver.wait_for("/fn/fails")

    assert attempts(hits) == ["1"]
    assert hits[0].headers["X-CloudTasks-TaskPreviousResponse"] == "409"


def test_a_task_is_held_back_until_the_next_one_was_delivered(
    misbehaving: Misbehaving, receiver: Receiver, queue: str
) -> None:
    with misbehaving.armed("tasks", "deliver", "reorder", match={"function": "order"}):
        enqueue(misbehaving, queue, receiver.url("/fn/order"), b"first")
        misbehaving.wait_for_faults()
        enqueue(misbehaving, queue, receiver.url("/fn/order"), b"second")

        hits = receiver.wait_for("/fn/order", 2)

    assert [hit.body for hit in hits] == [b"second", b"first"]


def test_a_task_that_nothing_overtakes_is_delivered_and_does_not_count(
    misbehaving: Misbehaving, receiver: Receiver, queue: str
) -> None:
    reorder = {"part": "tasks", "at": "deliver", "do": "reorder", "match": {"function": "alone"}}

    with pytest.raises(FaultsOutstanding, match="0 of 1"), misbehaving.armed_all(reorder, within_s=0):  # noqa: PT012
        enqueue(misbehaving, queue, receiver.url("/fn/alone"))
        receiver.wait_for("/fn/alone")


def test_a_task_survives_a_crash_at_its_delivery(misbehaving: Misbehaving, receiver: Receiver, queue: str) -> None:
    pid = misbehaving.platform.pid("tasks")
    with misbehaving.armed("tasks", "deliver", "crash", match={"function": "crash"}):
        with suppress(ServiceUnavailable):  # the answer is lost where the crash comes before it; the task is kept
            enqueue(misbehaving, queue, receiver.url("/fn/crash"))
        misbehaving.wait_for_restart("tasks", pid)

        hits = receiver.wait_for("/fn/crash")

    assert attempts(hits) == ["1"]


def run_job(misbehaving: Misbehaving) -> requests.Response:
    return requests.post(f"{misbehaving.addresses.scheduler}/run/job", timeout=15)


def test_a_duplicated_job_runs_twice(misbehaving: Misbehaving) -> None:
    before = len(misbehaving.notes("job", "fired"))

    with misbehaving.armed("scheduler", "deliver", "duplicate", match={"function": "job"}, delay_s=0):
        assert run_job(misbehaving).status_code == 200

    misbehaving.wait_for_notes("job", "fired", before + 2)


@pytest.mark.parametrize(("fault", "status"), [({"do": "drop"}, 502), ({"do": "fail", "status": 429}, 429)])
def test_a_job_that_does_not_reach_its_function_says_so(
    misbehaving: Misbehaving, fault: dict[str, Any], status: int
) -> None:
    before = len(misbehaving.notes("job", "fired"))

    with misbehaving.armed_all({"part": "scheduler", "at": "deliver", **fault}):
        answers = [run_job(misbehaving).status_code for _ in range(2)]

    assert answers == [status, 200]
    assert len(misbehaving.notes("job", "fired")) == before + 1


def test_a_crashed_scheduler_is_back_for_the_next_run(misbehaving: Misbehaving) -> None:
    pid = misbehaving.platform.pid("scheduler")
    with misbehaving.armed("scheduler", "deliver", "crash"):
        with pytest.raises(requests.ConnectionError):
            run_job(misbehaving)
        misbehaving.wait_for_restart("scheduler", pid)

        assert run_job(misbehaving).status_code == 200


def upload(misbehaving: Misbehaving, name: str) -> None:
    misbehaving.storage.bucket("uploads").blob(name).upload_from_string(b"bytes")


def test_a_duplicated_event_arrives_twice(misbehaving: Misbehaving) -> None:
    match = {"function": "uploaded", "bucket": "uploads", "object": "twice/*"}
    with misbehaving.armed("storage", "deliver", "duplicate", match=match, delay_s=0.1):
        upload(misbehaving, "twice/film")

        misbehaving.wait_for_notes("uploaded", "twice/film", 2)


@pytest.mark.parametrize("fault", [{"do": "delay", "delay_s": 0.5}, {"do": "drop"}, {"do": "fail", "status": 503}])
def test_an_event_that_is_kept_from_its_trigger_arrives_later(misbehaving: Misbehaving, fault: dict[str, Any]) -> None:
    name = f"later/{fault['do']}"
    with misbehaving.armed_all({"part": "storage", "at": "deliver", "match": {"object": name}, **fault}):
        upload(misbehaving, name)
        uploaded_s = time.time()

        (note,) = misbehaving.wait_for_notes("uploaded", name)

    # An event that was not accepted is repeated after half a second.
    assert note["at"] - uploaded_s > 0.4


def test_an_event_is_held_back_until_the_next_one_was_delivered(misbehaving: Misbehaving) -> None:
    with misbehaving.armed("storage", "deliver", "reorder", match={"object": "order/*"}):
        upload(misbehaving, "order/first")
        misbehaving.wait_for_faults()
        upload(misbehaving, "order/second")

        notes = misbehaving.wait_for_notes("uploaded", "order/", 2)

    assert [note["what"]["name"] for note in notes] == ["order/second", "order/first"]


def test_an_event_survives_a_crash_at_its_delivery(misbehaving: Misbehaving) -> None:
    pid = misbehaving.platform.pid("storage")
    with misbehaving.armed("storage", "deliver", "crash", match={"object": "crash"}):
        upload(misbehaving, "crash")
        misbehaving.wait_for_restart("storage", pid)

        misbehaving.wait_for_notes("uploaded", "'crash'")
