"""The methods of Cloud Tasks, called by the real client. Queues are paused where nothing is to be delivered."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, MethodNotImplemented, NotFound
from google.cloud import tasks_v2
from google.cloud.tasks_v2 import Queue, RateLimits, RetryConfig, Task
from google.protobuf.field_mask_pb2 import FieldMask

from shared.local.tasks.messages import seconds_at
from tests.local.part_process import wait_until
from tests.local.receiver import Receiver, running_receiver
from tests.local.tasks_part import LOCATION, MEDIA_QUEUE, TasksPart, in_seconds, running_tasks, seconds

NOWHERE = "http://127.0.0.1:1/"
MISSING_QUEUE = f"{LOCATION}/queues/none"


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TasksPart]:
    with running_tasks(tmp_path_factory.mktemp("tasks")) as part:
        yield part


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def paused(tasks: TasksPart) -> str:
    name = tasks.new_queue()
    tasks.client.pause_queue(name=name)
    return name


def test_a_created_queue_runs_and_is_listed(tasks: TasksPart) -> None:
    name = tasks.new_queue(rate_limits=RateLimits(max_dispatches_per_second=7))

    queue = tasks.client.get_queue(name=name)

    assert queue.state == Queue.State.RUNNING
    assert queue.rate_limits.max_dispatches_per_second == 7
    assert name in [listed.name for listed in tasks.client.list_queues(parent=LOCATION)]


def test_a_queue_name_is_used_once(tasks: TasksPart) -> None:
    name = tasks.new_queue()

    with pytest.raises(AlreadyExists):
        tasks.client.create_queue(parent=LOCATION, queue=Queue(name=name))


def test_a_queue_belongs_to_the_parent_of_the_request(tasks: TasksPart) -> None:
    with pytest.raises(InvalidArgument):
        tasks.client.create_queue(parent="projects/other/locations/l", queue=Queue(name=MISSING_QUEUE))


def test_the_queues_of_the_configuration_file_are_there(tasks: TasksPart) -> None:
    queue = tasks.client.get_queue(name=MEDIA_QUEUE)

    assert queue.rate_limits.max_concurrent_dispatches == 2
    assert queue.rate_limits.max_dispatches_per_second == 50
    assert queue.retry_config.max_attempts == -1
    assert queue.retry_config.min_backoff == timedelta(seconds=1)


def test_an_update_without_a_mask_replaces_all_settings(tasks: TasksPart) -> None:
    name = tasks.new_queue(retry_config=RetryConfig(max_attempts=5))

    tasks.client.update_queue(queue=Queue(name=name, rate_limits=RateLimits(max_dispatches_per_second=9)))

    queue = tasks.client.get_queue(name=name)
    assert (queue.rate_limits.max_dispatches_per_second, queue.retry_config.max_attempts) == (9, 100)


def test_an_update_with_a_mask_changes_what_it_names_and_never_the_state(tasks: TasksPart) -> None:
    name = tasks.new_queue(retry_config=RetryConfig(max_attempts=5))
    changes = Queue(name=name, rate_limits=RateLimits(max_dispatches_per_second=9), state=Queue.State.PAUSED)

    tasks.client.update_queue(
        queue=changes, update_mask=FieldMask(paths=["rate_limits.max_dispatches_per_second", "state"])
    )

    queue = tasks.client.get_queue(name=name)
    assert (queue.rate_limits.max_dispatches_per_second, queue.retry_config.max_attempts) == (9, 5)
    assert queue.state == Queue.State.RUNNING


def test_an_update_of_an_unknown_field_is_refused(tasks: TasksPart) -> None:
    name = tasks.new_queue()

    with pytest.raises(InvalidArgument):
        tasks.client.update_queue(queue=Queue(name=name), update_mask=FieldMask(paths=["colour"]))


def test_an_update_creates_a_queue_that_is_missing(tasks: TasksPart) -> None:
    name = f"{LOCATION}/queues/updated-into-being"

    tasks.client.update_queue(queue=Queue(name=name))

    assert tasks.client.get_queue(name=name).rate_limits.max_dispatches_per_second == 500


def test_a_deleted_queue_is_gone_with_its_tasks(tasks: TasksPart, paused: str) -> None:
    task = tasks.create(paused, NOWHERE)

    tasks.client.delete_queue(name=paused)

    with pytest.raises(NotFound):
        tasks.client.get_queue(name=paused)
    with pytest.raises(NotFound):
        tasks.client.get_task(name=task.name)


def test_every_method_refuses_a_queue_that_does_not_exist(tasks: TasksPart) -> None:
    client = tasks.client
    for method in (
        client.get_queue,
        client.pause_queue,
        client.resume_queue,
        client.purge_queue,
        client.delete_queue,
    ):
        with pytest.raises(NotFound):
            method(name=MISSING_QUEUE)
    with pytest.raises(NotFound):
        client.list_tasks(parent=MISSING_QUEUE)
    with pytest.raises(NotFound):
        tasks.create(MISSING_QUEUE, NOWHERE)


def test_every_method_refuses_a_task_that_does_not_exist(tasks: TasksPart, paused: str) -> None:
    for method in (tasks.client.get_task, tasks.client.delete_task, tasks.client.run_task):
        with pytest.raises(NotFound):
            method(name=f"{paused}/tasks/none")


def test_queues_are_listed_page_by_page(tasks: TasksPart) -> None:
    parent = "projects/demo/locations/paged"
    names = [f"{parent}/queues/q{number}" for number in range(5)]
    for name in names:
        tasks.client.create_queue(parent=parent, queue=Queue(name=name))

    pages = tasks.client.list_queues(request={"parent": parent, "page_size": 2}).pages

    assert [[queue.name for queue in page.queues] for page in pages] == [names[:2], names[2:4], names[4:]]


def test_tasks_are_listed_page_by_page(tasks: TasksPart, paused: str) -> None:
    names = sorted(tasks.create(paused, NOWHERE).name for _ in range(5))

    pages = tasks.client.list_tasks(request={"parent": paused, "page_size": 2}).pages

    assert [[task.name for task in page.tasks] for page in pages] == [names[:2], names[2:4], names[4:]]


def test_a_body_is_shown_in_the_full_view_only(tasks: TasksPart, paused: str) -> None:
    created = tasks.create(paused, NOWHERE)

    (basic,) = tasks.client.list_tasks(parent=paused)
    (full,) = tasks.client.list_tasks(request={"parent": paused, "response_view": Task.View.FULL})

    assert created.http_request.body == basic.http_request.body == b""
    assert basic.http_request.headers["X-Mine"] == "1"
    assert full.http_request.body == b'{"a":1}'


def test_a_created_task_tells_its_defaults(tasks: TasksPart, paused: str) -> None:
    task = tasks.create(paused, NOWHERE)

    assert task.name.startswith(f"{paused}/tasks/")
    assert task.http_request.http_method == tasks_v2.HttpMethod.POST
    assert task.http_request.headers["User-Agent"] == "Google-Cloud-Tasks"
    assert task.dispatch_deadline == timedelta(minutes=10)
    assert seconds_at(task.schedule_time) >= seconds_at(task.create_time)
    assert task.dispatch_count == 0


def test_what_only_the_server_writes_is_not_taken_from_the_client(tasks: TasksPart) -> None:
    name = f"{LOCATION}/queues/output-only"
    limits = RateLimits(max_dispatches_per_second=5, max_burst_size=99)
    asked = Queue(name=name, state=Queue.State.PAUSED, rate_limits=limits)
    queue = tasks.client.create_queue(parent=LOCATION, queue=asked)

    task = tasks.create(name, NOWHERE, dispatch_count=7, schedule_time=in_seconds(60))

    assert (queue.state, queue.rate_limits.max_burst_size) == (Queue.State.RUNNING, 5)
    assert task.dispatch_count == 0


def test_a_deleted_task_is_gone(tasks: TasksPart, paused: str) -> None:
    task = tasks.create(paused, NOWHERE)
    assert tasks.client.get_task(name=task.name).name == task.name

    tasks.client.delete_task(name=task.name)

    with pytest.raises(NotFound, match="existed recently"):
        tasks.client.get_task(name=task.name)


def test_a_purged_queue_is_empty_and_remembers_the_names(tasks: TasksPart, paused: str) -> None:
    for number in range(3):
        tasks.create(paused, NOWHERE, id=f"n{number}")

    purged = tasks.client.purge_queue(name=paused)

    assert purged.purge_time
    assert list(tasks.client.list_tasks(parent=paused)) == []
    with pytest.raises(AlreadyExists):
        tasks.create(paused, NOWHERE, id="n1")


def test_the_name_of_a_pending_task_is_taken(tasks: TasksPart, paused: str) -> None:
    tasks.create(paused, NOWHERE, id="one")

    with pytest.raises(AlreadyExists):
        tasks.create(paused, NOWHERE, id="one")


def test_the_name_of_a_deleted_task_is_remembered(tasks: TasksPart, paused: str) -> None:
    task = tasks.create(paused, NOWHERE, id="one")
    tasks.client.delete_task(name=task.name)

    with pytest.raises(AlreadyExists, match="too recently"):
        tasks.create(paused, NOWHERE, id="one")


def test_the_name_of_a_completed_task_is_remembered(tasks: TasksPart, receiver: Receiver) -> None:
    queue = tasks.new_queue()
    tasks.create(queue, receiver.url("/named"), id="one")
    receiver.wait_for("/named")
    wait_until(lambda: not list(tasks.client.list_tasks(parent=queue)))

    with pytest.raises(AlreadyExists, match="too recently"):
        tasks.create(queue, receiver.url("/named"), id="one")


def test_one_name_may_be_used_in_two_queues(tasks: TasksPart) -> None:
    first, second = tasks.new_queue(), tasks.new_queue()

    created = [tasks.create(queue, NOWHERE, id="one", schedule_time=in_seconds(60)) for queue in (first, second)]

    assert [task.name for task in created] == [f"{first}/tasks/one", f"{second}/tasks/one"]


def request_to(url: str, **fields: object) -> tasks_v2.HttpRequest:
    return tasks_v2.HttpRequest(url=url, **fields)


@pytest.mark.parametrize(
    "task",
    [
        Task(http_request=request_to("")),
        Task(http_request=request_to("ftp://x/")),
        Task(http_request=request_to("no scheme")),
        Task(http_request=request_to("http://")),
        Task(http_request=request_to("http://[::1/")),
        Task(name=f"{MEDIA_QUEUE}/tasks/bad id!", http_request=request_to(NOWHERE)),
        Task(name=f"{MISSING_QUEUE}/tasks/id", http_request=request_to(NOWHERE)),
        Task(http_request=request_to(NOWHERE), dispatch_deadline=seconds(3)),
        Task(http_request=request_to(NOWHERE), dispatch_deadline=seconds(1801)),
        Task(http_request=request_to(NOWHERE), schedule_time=in_seconds(31 * 86400)),
        Task(http_request=request_to(NOWHERE, http_method=tasks_v2.HttpMethod.GET, body=b"x")),
        Task(http_request=request_to(NOWHERE, body=bytes(2**20))),
    ],
)
def test_a_task_that_the_service_refuses_is_refused(tasks: TasksPart, task: Task) -> None:
    with pytest.raises(InvalidArgument):
        tasks.client.create_task(parent=MEDIA_QUEUE, task=task)


@pytest.mark.parametrize(
    "task",
    [
        Task(app_engine_http_request=tasks_v2.AppEngineHttpRequest(relative_uri="/")),
        Task(http_request=request_to("https://example.org/")),
        Task(http_request=request_to(NOWHERE, oauth_token=tasks_v2.OAuthToken(service_account_email="a"))),
        Task(http_request=request_to(NOWHERE), retry_config=RetryConfig(max_attempts=1)),
    ],
)
def test_what_this_server_cannot_do_is_said_instead_of_ignored(tasks: TasksPart, task: Task) -> None:
    with pytest.raises(MethodNotImplemented):
        tasks.client.create_task(parent=MEDIA_QUEUE, task=task)


def test_the_shortest_deadline_is_15_seconds(tasks: TasksPart, paused: str) -> None:
    task = tasks.create(paused, NOWHERE, dispatch_deadline=seconds(15))

    assert task.dispatch_deadline == timedelta(seconds=15)


def test_a_stopped_server_ends_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_tasks(tmp_path_factory.mktemp("stopped")) as part:
        assert part.stop() == 0
