"""Deliveries as a function meets them: headers, tokens, retries, limits."""

import statistics
import threading
from collections.abc import Callable, Iterator

import jwt
import pytest
from google.api_core.exceptions import NotFound
from google.cloud.tasks_v2 import OidcToken, RateLimits, RetryConfig, Task
from google.rpc import code_pb2

from shared.local.tasks.messages import seconds_at
from tests.local.part_process import free_port, running_part, wait_until
from tests.local.receiver import Hit, Receiver, Reply, running_receiver
from tests.local.tasks_part import TasksPart, in_seconds, running_tasks, seconds

ACCOUNT = "tasks@local.iam.gserviceaccount.com"
RETRY_SOON = RetryConfig(min_backoff=seconds(0.02), max_backoff=seconds(0.02), max_attempts=-1)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TasksPart]:
    folder, port = tmp_path_factory.mktemp("tasks"), free_port()
    issuer = f"http://127.0.0.1:{port}"
    options = ["--port", str(port), "--data", str(folder)]
    with running_part("identity", *options, ready_url=f"{issuer}/healthz"), running_tasks(folder, issuer) as part:
        yield part


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


def header(hits: list[Hit], name: str) -> list[str | None]:
    return [hit.headers[f"X-CloudTasks-{name}"] for hit in hits]


def has_ended(tasks: TasksPart, task: Task) -> Callable[[], bool]:
    def look() -> bool:
        try:
            tasks.client.get_task(name=task.name)
        except NotFound:
            return True
        return False

    return look


def test_a_delivery_carries_the_task_and_the_headers_of_cloud_tasks(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue()

    task = tasks.create(queue, receiver.url("/headers?x=1"))

    (hit,) = receiver.wait_for("/headers?x=1")
    assert (hit.method, hit.body) == ("POST", b'{"a":1}')
    assert (hit.headers["X-Mine"], hit.headers["Content-Type"]) == ("1", "application/json")
    assert hit.headers["User-Agent"] == "Google-Cloud-Tasks"
    assert header([hit], "QueueName") == [queue.rpartition("/")[2]]
    assert header([hit], "TaskName") == [task.name.rpartition("/")[2]]
    assert header([hit], "TaskRetryCount") == header([hit], "TaskExecutionCount") == ["0"]
    assert float(hit.headers["X-CloudTasks-TaskETA"]) == pytest.approx(seconds_at(task.schedule_time), abs=1e-3)
    assert header([hit], "TaskPreviousResponse") == header([hit], "TaskRetryReason") == [None]


def test_a_new_task_is_delivered_within_milliseconds(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue()

    delays_s = []
    for number in range(15):
        task = tasks.create(queue, receiver.url(f"/soon{number}"))
        delays_s.append(receiver.wait_for(f"/soon{number}")[0].at_s - seconds_at(task.schedule_time))

    assert statistics.median(delays_s) < 0.05


@pytest.mark.parametrize("audience", ["http://audience", ""])
def test_an_oidc_token_verifies_with_the_published_keys(tasks: TasksPart, receiver: Receiver, audience: str) -> None:
    url = receiver.url(f"/oidc/{audience[7:]}")
    token = OidcToken(service_account_email=ACCOUNT, audience=audience)

    tasks.create(tasks.new_queue(), url, oidc_token=token)

    (hit,) = receiver.wait_for(f"/oidc/{audience[7:]}")
    scheme, _, encoded = hit.headers["Authorization"].partition(" ")
    key = jwt.PyJWKClient(f"{tasks.issuer}/certs").get_signing_key_from_jwt(encoded)
    claims = jwt.decode(encoded, key, algorithms=["RS256"], audience=audience or url, issuer=tasks.issuer)
    assert scheme == "Bearer"
    assert (claims["email"], claims["email_verified"]) == (ACCOUNT, True)


def test_a_task_waits_for_its_schedule_time(tasks: TasksPart, receiver: Receiver) -> None:
    due = in_seconds(0.6)

    tasks.create(tasks.new_queue(), receiver.url("/later"), schedule_time=due)

    (hit,) = receiver.wait_for("/later")
    assert 0 <= hit.at_s - due.timestamp() < 0.5


def test_a_failed_task_is_retried_after_a_growing_pause(tasks: TasksPart, receiver: Receiver) -> None:
    retry = RetryConfig(min_backoff=seconds(0.2), max_backoff=seconds(5), max_doublings=3)
    receiver.answer("/backoff", Reply(500), Reply(500), Reply(200))

    tasks.create(tasks.new_queue(retry_config=retry), receiver.url("/backoff"))

    first, second, third = (hit.at_s for hit in receiver.wait_for("/backoff", 3))
    assert second - first >= 0.2
    assert third - second >= 0.4


def test_retries_tell_what_the_real_service_was_seen_to_tell(tasks: TasksPart, receiver: Receiver) -> None:
    receiver.answer("/told", *(Reply(status) for status in (503, 404, 429, 500, 302, 200)))

    tasks.create(tasks.new_queue(retry_config=RETRY_SOON), receiver.url("/told"))

    hits = receiver.wait_for("/told", 6)
    assert header(hits, "TaskRetryCount") == ["0", "1", "2", "3", "4", "5"]
    assert header(hits, "TaskExecutionCount") == ["0", "0", "1", "2", "2", "3"]
    assert header(hits, "TaskPreviousResponse") == [None, "503", "404", "429", "500", "302"]
    assert header(hits, "TaskRetryReason") == [None, "", "", "", "", ""]


def test_a_waiting_task_tells_how_its_last_attempt_ended(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue(retry_config=RetryConfig(min_backoff=seconds(60)))
    receiver.answer("/status", Reply(404))
    created = tasks.create(queue, receiver.url("/status"))

    (task,) = wait_until(lambda: answered(tasks, created))

    assert (task.dispatch_count, task.response_count) == (1, 1)
    assert task.last_attempt.response_status.code == code_pb2.NOT_FOUND
    assert task.last_attempt.response_status.message == "NOT_FOUND(5): HTTP status code 404"
    assert task.first_attempt.dispatch_time == task.last_attempt.dispatch_time
    pause_s = seconds_at(task.schedule_time) - seconds_at(task.last_attempt.response_time)
    assert pause_s == pytest.approx(60)


def test_a_target_that_nobody_serves_counts_as_an_attempt_without_an_answer(tasks: TasksPart) -> None:
    queue = tasks.new_queue(retry_config=RetryConfig(min_backoff=seconds(60)))
    created = tasks.create(queue, f"http://127.0.0.1:{free_port()}/")

    (task,) = wait_until(lambda: answered(tasks, created))

    assert (task.dispatch_count, task.response_count) == (1, 0)
    assert task.last_attempt.response_status.code == code_pb2.UNAVAILABLE


def answered(tasks: TasksPart, task: Task) -> list[Task]:
    seen = tasks.client.get_task(name=task.name)
    return [seen] if "response_time" in seen.last_attempt else []


def test_a_task_is_given_up_after_its_last_attempt(tasks: TasksPart, receiver: Receiver) -> None:
    retry = RetryConfig(max_attempts=3, min_backoff=seconds(0.02), max_backoff=seconds(0.02))
    receiver.answer("/given-up", Reply(500))

    task = tasks.create(tasks.new_queue(retry_config=retry), receiver.url("/given-up"))
    wait_until(has_ended(tasks, task))

    assert len(receiver.hits("/given-up")) == 3


def test_a_queue_sends_no_faster_than_its_rate(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue(rate_limits=RateLimits(max_dispatches_per_second=10))
    tasks.client.pause_queue(name=queue)
    for _ in range(20):
        tasks.create(queue, receiver.url("/rate"))

    tasks.client.resume_queue(name=queue)

    hits = receiver.wait_for("/rate", 20)
    assert hits[-1].at_s - hits[0].at_s >= 0.9  # the first 10 at once, the others 0.1 s apart


def test_five_tasks_are_under_way_at_once(tasks: TasksPart, receiver: Receiver) -> None:
    all_there = threading.Barrier(5)
    receiver.answer("/together", Reply(200, hold=lambda: all_there.wait(timeout=10)))
    queue = tasks.new_queue()

    created = [tasks.create(queue, receiver.url("/together")) for _ in range(5)]
    for task in created:
        wait_until(has_ended(tasks, task))

    assert len(receiver.hits("/together")) == 5
    assert not all_there.broken


def test_no_more_tasks_are_under_way_than_the_queue_allows(tasks: TasksPart, receiver: Receiver) -> None:
    let_go = threading.Event()
    receiver.answer("/two", Reply(200, hold=lambda: let_go.wait(timeout=10)))
    queue = tasks.new_queue(rate_limits=RateLimits(max_concurrent_dispatches=2))
    for _ in range(5):
        tasks.create(queue, receiver.url("/two"))
    receiver.wait_for("/two", 2)
    tasks.create(tasks.new_queue(), receiver.url("/meanwhile"))
    receiver.wait_for("/meanwhile")  # the dispatcher has looked at every queue since

    assert len(receiver.hits("/two")) == 2

    let_go.set()
    assert len(receiver.wait_for("/two", 5)) == 5


def test_a_paused_queue_keeps_its_tasks_until_it_is_resumed(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue()
    tasks.client.pause_queue(name=queue)
    tasks.create(queue, receiver.url("/paused"))
    tasks.create(tasks.new_queue(), receiver.url("/running"))
    receiver.wait_for("/running")

    assert receiver.hits("/paused") == []

    tasks.client.resume_queue(name=queue)
    assert len(receiver.wait_for("/paused")) == 1


def test_a_task_can_be_run_although_its_queue_is_paused_and_it_is_not_due(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue()
    tasks.client.pause_queue(name=queue)
    task = tasks.create(queue, receiver.url("/run"), schedule_time=in_seconds(3600))

    running = tasks.client.run_task(name=task.name)

    assert running.dispatch_count == 1
    assert len(receiver.wait_for("/run")) == 1
    wait_until(has_ended(tasks, task))


def test_a_task_deleted_while_it_is_under_way_is_not_retried(tasks: TasksPart, receiver: Receiver) -> None:
    let_go = threading.Event()
    receiver.answer("/deleted", Reply(500, hold=lambda: let_go.wait(timeout=10)))
    queue = tasks.new_queue(retry_config=RETRY_SOON)
    task = tasks.create(queue, receiver.url("/deleted"))
    receiver.wait_for("/deleted")
    failed = tasks.counters()["failed"]

    tasks.client.delete_task(name=task.name)
    let_go.set()
    wait_until(lambda: tasks.counters()["failed"] > failed)

    assert list(tasks.client.list_tasks(parent=queue)) == []
    assert len(receiver.hits("/deleted")) == 1


def test_an_overloaded_target_slows_its_queue_and_a_failing_one_does_not(tasks: TasksPart, receiver: Receiver) -> None:
    receiver.answer("/overloaded", *[Reply(429)] * 5, Reply(200))
    receiver.answer("/failing", *[Reply(500)] * 5, Reply(200))
    limits = RateLimits(max_dispatches_per_second=50)
    throttled = tasks.counters()["throttled"]

    for path in ("/overloaded", "/failing"):
        tasks.create(tasks.new_queue(rate_limits=limits, retry_config=RETRY_SOON), receiver.url(path))
        receiver.wait_for(path, 6)

    spans_s = [duration_s(receiver.hits(path)) for path in ("/overloaded", "/failing")]
    assert spans_s[0] > 0.8  # 1/25 + 2/25 + … + 16/25 s instead of 1/50 s each, less what was saved
    assert spans_s[1] < spans_s[0]
    assert tasks.counters()["throttled"] - throttled == 5


def duration_s(hits: list[Hit]) -> float:
    return hits[-1].at_s - hits[0].at_s


def test_a_hundred_tasks_are_delivered_once_each(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue(rate_limits=RateLimits(max_concurrent_dispatches=20))
    before = tasks.counters()

    names = [tasks.create(queue, receiver.url("/many")).name.rpartition("/")[2] for _ in range(100)]
    receiver.wait_for("/many", 100)
    (after,) = wait_until(lambda: counted(tasks, "succeeded", before["succeeded"] + 100))

    assert sorted(header(receiver.hits("/many"), "TaskName"), key=str) == sorted(names)
    assert after["created"] - before["created"] == after["dispatched"] - before["dispatched"] == 100
    assert after["in_flight"] == 0


def counted(tasks: TasksPart, event: str, count: float) -> list[dict[str, float]]:
    counts = tasks.counters()
    return [counts] if counts[event] >= count and not counts["in_flight"] else []
