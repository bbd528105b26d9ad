"""What a killed server still knows. Every test has a server of its own and ends it with SIGKILL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.api_core.exceptions import AlreadyExists, GoogleAPICallError
from google.cloud.tasks_v2 import HttpRequest, Queue, RetryConfig, Task

from shared.local.tasks.attempts import StoredTask
from shared.local.tasks.messages import seconds_at
from shared.local.tasks.queues import complete_queue
from shared.local.tasks.store import NAME_MEMORY_S, NameRemembered, Store
from shared.local.tasks.tasks import complete_task
from tests.local.part_process import wait_until
from tests.local.receiver import Receiver, Reply, running_receiver
from tests.local.tasks_part import MEDIA_QUEUE, MEDIA_SETTINGS, TasksPart, running_tasks, seconds

NOWHERE = "http://127.0.0.1:1/"


@pytest.fixture
def tasks(tmp_path: Path) -> Iterator[TasksPart]:
    with running_tasks(tmp_path) as part:
        yield part


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


def test_a_task_that_was_under_way_is_delivered_again_and_its_attempts_are_counted(
    tasks: TasksPart, receiver: Receiver
) -> None:
    let_go = threading.Event()
    receiver.answer("/killed", Reply(200, hold=lambda: let_go.wait(timeout=30)))
    task = tasks.create(MEDIA_QUEUE, receiver.url("/killed"))
    receiver.wait_for("/killed", 1)

    tasks.kill()
    tasks.start()

    hits = receiver.wait_for("/killed", 2)
    assert [hit.headers["X-CloudTasks-TaskRetryCount"] for hit in hits] == ["0", "1"]
    assert tasks.client.get_task(name=task.name).dispatch_count == 2
    let_go.set()
    wait_until(lambda: not list(tasks.client.list_tasks(parent=MEDIA_QUEUE)))


def test_every_task_whose_creation_was_answered_is_there_after_a_crash(tasks: TasksPart) -> None:
    queue = tasks.new_queue()
    tasks.client.pause_queue(name=queue)
    acknowledged: list[str] = []
    enough = threading.Event()

    def create_until_the_server_is_gone() -> None:
        while True:
            try:
                acknowledged.append(tasks.create(queue, NOWHERE).name)
            except (GoogleAPICallError, ValueError):  # ValueError: the channel was closed
                return
            if len(acknowledged) >= 200:
                enough.set()

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(create_until_the_server_is_gone)
        assert enough.wait(timeout=30)
        tasks.kill()
    tasks.start()

    kept = {task.name for task in tasks.client.list_tasks(parent=queue)}
    assert len(acknowledged) >= 200
    assert set(acknowledged) <= kept


def test_a_completed_name_is_remembered_across_a_crash(tasks: TasksPart, receiver: Receiver) -> None:
    tasks.create(MEDIA_QUEUE, receiver.url("/once"), id="one")
    receiver.wait_for("/once")
    wait_until(lambda: not list(tasks.client.list_tasks(parent=MEDIA_QUEUE)))

    tasks.kill()
    tasks.start()

    with pytest.raises(AlreadyExists, match="too recently"):
        tasks.create(MEDIA_QUEUE, receiver.url("/once"), id="one")


def test_a_failed_task_keeps_its_count_and_its_next_time_across_a_crash(tasks: TasksPart, receiver: Receiver) -> None:
    receiver.answer("/keeps", Reply(500))
    queue = tasks.new_queue(retry_config=RetryConfig(min_backoff=seconds(60)))
    created = tasks.create(queue, receiver.url("/keeps"))
    wait_until(lambda: "response_time" in tasks.client.get_task(name=created.name).last_attempt)
    before = tasks.client.get_task(name=created.name)

    tasks.kill()
    tasks.start()

    after = tasks.client.get_task(name=created.name)
    assert after == before
    assert (after.dispatch_count, after.response_count) == (1, 1)
    assert seconds_at(after.schedule_time) > seconds_at(created.schedule_time) + 59


def test_a_restart_applies_the_configuration_and_leaves_the_rest_as_it_was(tasks: TasksPart) -> None:
    other = tasks.new_queue()
    tasks.client.pause_queue(name=MEDIA_QUEUE)
    task = tasks.create(MEDIA_QUEUE, NOWHERE)

    tasks.kill()
    tasks.start(MEDIA_SETTINGS | {"max_concurrent": 7})

    media = tasks.client.get_queue(name=MEDIA_QUEUE)
    assert media.rate_limits.max_concurrent_dispatches == 7
    assert media.state == Queue.State.PAUSED
    assert tasks.client.get_task(name=task.name) == task
    assert tasks.client.get_queue(name=other).name == other


def test_a_name_is_free_again_after_an_hour(tmp_path: Path) -> None:
    store, now_s = Store(tmp_path / "tasks.sqlite"), 1_800_000_000.0
    store.save_queue(complete_queue(Queue(name=MEDIA_QUEUE)))
    named = Task(name=f"{MEDIA_QUEUE}/tasks/one", http_request=HttpRequest(url=NOWHERE))
    task = StoredTask(complete_task(named, MEDIA_QUEUE, now_s))
    store.add_task(task, now_s)
    added = store.task(task.task.name)
    assert added
    store.remove_task(added, now_s)

    with pytest.raises(NameRemembered):
        store.add_task(task, now_s + NAME_MEMORY_S - 1)
    store.add_task(task, now_s + NAME_MEMORY_S + 1)

    assert store.task_count() == 1
