"""The edge of queued calls: a call that fails comes again, and one that cannot succeed comes to an end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from shared.adapters.tasks import _STEPS, CloudTasks
from shared.edge.declarations import declaration_of
from shared.edge.invocables import Task
from shared.edge.manifest import declarations, describe
from shared.edge.task import _deliver, task
from shared.errors import Upstream
from shared.recordings.calls import QueuedCall
from shared.recordings.pipelines import CALLS, QUEUES
from tests.unit.environment import a_settings
from tests.unit.fakes import START, FakeTasks

MOST = 3


class Target:
    """A handler that remembers its calls and fails while it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.calls: list[Mapping[str, str]] = []

    def __call__(self, arguments: Mapping[str, str]) -> None:
        self.calls.append(arguments)
        if self.failure:
            raise self.failure


def deliver(target: Target, body: bytes = b'{"room_id": "room_1"}', *, retry: object = None) -> tuple[int, Any]:
    """What the queue is answered; `retry` is how often it has tried already, as it says."""
    headers = [] if retry is None else [("X-CloudTasks-TaskRetryCount", str(retry))]
    spec = Task(name="tasks_try", handler=target, ports={}, queue="light", max_attempts=MOST)
    answer = _deliver(spec, Request(EnvironBuilder(method="POST", data=body, headers=headers).get_environ()))
    return answer.status_code, answer.get_json()


def test_a_call_is_handed_to_its_handler_once() -> None:
    target = Target()

    assert deliver(target) == (200, {"verdict": "done"})
    assert target.calls == [{"room_id": "room_1"}]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b'{"room_id": 7}', b'{"room_id": {"a": "b"}}'])
def test_what_is_no_call_is_dropped_and_said_loudly(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    target = Target()

    assert deliver(target, body) == (200, {"verdict": "malformed"})
    assert target.calls == []
    assert [(one.levelname, one.message) for one in caplog.records] == [("ERROR", "tasks_try was sent what is no call")]


@pytest.mark.parametrize("failure", [Upstream("an outage"), RuntimeError("a bug")], ids=["outage", "bug"])
@pytest.mark.parametrize("retry", [None, 0, MOST - 2, "many", "²"])
def test_a_call_that_fails_comes_again_while_it_may(failure: Exception, retry: object) -> None:
    with pytest.raises(type(failure)):
        deliver(Target(failure), retry=retry)


@pytest.mark.parametrize("count", [MOST - 1, MOST, 10_000])
def test_a_call_that_has_failed_too_often_is_dropped_and_said_loudly(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert deliver(Target(Upstream("an outage")), retry=count) == (200, {"verdict": "given_up"})
    assert [(one.levelname, one.message) for one in caplog.records] == [
        ("ERROR", f"tasks_try is given up after {MOST} attempts")
    ]


def test_a_call_that_succeeds_at_last_is_done() -> None:
    assert deliver(Target(), retry=MOST - 1) == (200, {"verdict": "done"})


def test_every_call_that_may_be_queued_is_declared_and_waits_on_a_queue_that_there_is() -> None:
    declared = {one.name: one.queue for one in declarations() if isinstance(one, Task)}

    assert declared == CALLS
    assert set(CALLS.values()) <= {queue.name for queue in QUEUES}
    assert set(CALLS) & {step.function for step in _STEPS.values()} == set()


def test_a_function_that_no_queue_is_named_for_cannot_be_a_task() -> None:
    def tasks_unknown(arguments: Mapping[str, str]) -> None: ...

    with pytest.raises(KeyError, match="tasks_unknown"):
        task()(tasks_unknown)


def test_the_catalogue_tells_where_a_task_waits_and_how_often_it_is_tried() -> None:
    from functions.tasks.deliver_webhook import tasks_deliver_webhook

    described = describe(declaration_of(tasks_deliver_webhook))

    assert (described["kind"], described["queue"], described["max_attempts"]) == ("task", "webhooks", 10)


class Queue:
    """A client of Cloud Tasks that keeps what it is asked to create."""

    def __init__(self) -> None:
        self.created: list[Any] = []

    def create_task(self, **request: Any) -> None:
        self.created.append(request)


def test_a_call_becomes_a_task_of_its_own_name_for_its_own_function_and_time() -> None:
    queue: Any = Queue()
    call = QueuedCall(
        function="tasks_deliver_webhook",
        key="a/1/0",
        arguments={"delivery_id": "a"},
        not_before=START + timedelta(minutes=5),
    )

    CloudTasks(queue, a_settings()).call(call)

    [request] = queue.created
    made = request["task"]
    parent = "projects/playhead-test/locations/europe-west1/queues/webhooks"
    assert (request["parent"], made.name) == (parent, f"{parent}/tasks/{call.name}")
    assert made.schedule_time == call.not_before
    assert made.http_request.body == b'{"delivery_id": "a"}'
    assert made.http_request.url == "https://functions.test/tasks-deliver-webhook"
    assert made.http_request.oidc_token.audience == made.http_request.url
    assert made.http_request.oidc_token.service_account_email == "tasks@playhead.test"


def test_calls_of_one_key_are_one_and_of_another_function_or_key_another() -> None:
    tasks = FakeTasks()
    calls = [
        QueuedCall(function="tasks_sync_recording", key="a"),
        QueuedCall(function="tasks_sync_recording", key="a", arguments={"room_id": "later"}),
        QueuedCall(function="tasks_sync_recording", key="b"),
        QueuedCall(function="tasks_deliver_webhook", key="a"),
    ]

    for call in calls:
        tasks.call(call)

    assert list(tasks.calls.values()) == [calls[0], calls[2], calls[3]]
