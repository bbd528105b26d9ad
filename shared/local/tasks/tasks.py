"""What a task is when it is created: checked, named, and with every default filled in."""

import re
import secrets
import urllib.parse

from google.cloud.tasks_v2 import HttpMethod, HttpRequest, Task

from shared.local.tasks.errors import invalid, unsupported
from shared.local.tasks.messages import POST, duration, seconds_at, seconds_of, timestamp

_USER_AGENT = "Google-Cloud-Tasks"
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_RESERVED_HEADER = re.compile(
    r"host|content-length|user-agent|x-google-.*|x-appengine-.*|x-cloudtasks-.*", re.IGNORECASE
)
_MAX_TASK_BYTES = 2**20 - 7  # of the stored message; measured at the real service
_DEFAULT_DEADLINE_S, _MIN_DEADLINE_S, _MAX_DEADLINE_S = 600.0, 15.0, 1800.0
_MAX_AHEAD_S = 30 * 86400.0
_WITH_BODY = {HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH}


def complete_task(task: Task, queue_name: str, now_s: float) -> Task:
    """Return a valid copy of `task`, named and due, as the queue keeps it.

    Raises:
        Refused: what the API refuses, or what it has and this server does not.
    """
    complete = Task(
        name=_complete_name(task.name, queue_name),
        http_request=_complete_request(task),
        dispatch_deadline=duration(_deadline_s(task)),
        create_time=timestamp(int(now_s)),
        schedule_time=timestamp(_due_s(task, now_s)),
    )
    if len(Task.serialize(complete)) > _MAX_TASK_BYTES:
        raise invalid("Task size too large.")
    return complete


def _complete_name(name: str, queue_name: str) -> str:
    if not name:
        return f"{queue_name}/tasks/{secrets.randbelow(10**20):020d}"
    of_queue, _, task_id = name.rpartition("/tasks/")
    if of_queue != queue_name:
        raise invalid(
            f"The queue name from request ('{queue_name}') must be the same as the queue name in the named "
            f"task ('{of_queue}')."
        )
    if not _TASK_ID.fullmatch(task_id):
        raise invalid(
            f'Task ID "{task_id}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or '
            "underscores (_). Task ID must between 1 and 500 characters."
        )
    return name


def _complete_request(task: Task) -> HttpRequest:
    if "app_engine_http_request" in task or "retry_config" in task or "oauth_token" in task.http_request:
        raise unsupported("This server knows HTTP targets, OIDC tokens and queue-level retries only.")
    request = HttpRequest(task.http_request)
    _check_url(request.url)
    request.http_method = request.http_method or POST
    if request.body and request.http_method not in _WITH_BODY:
        raise invalid("A request body is allowed only if the HTTP method is POST, PUT, or PATCH.")
    own = {name: value for name, value in request.headers.items() if not _RESERVED_HEADER.fullmatch(name)}
    request.headers = own | {"User-Agent": _USER_AGENT}
    return request


def _check_url(url: str) -> None:
    if not url:
        raise invalid("HttpRequest.url is required.")
    try:
        target = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise invalid(f"HttpRequest.url is malformed: {error}") from error
    if target.scheme not in {"http", "https"} or not target.netloc:
        raise invalid("HttpTarget.url must start with 'http://' or 'https://'.")
    if target.scheme == "https":
        raise unsupported("This server calls http:// targets only.")


def _deadline_s(task: Task) -> float:
    deadline_s = seconds_of(task.dispatch_deadline) if "dispatch_deadline" in task else _DEFAULT_DEADLINE_S
    if not _MIN_DEADLINE_S <= deadline_s <= _MAX_DEADLINE_S:
        raise invalid("Task.dispatchDeadline must be between [15s, 30m].")
    return deadline_s


def _due_s(task: Task, now_s: float) -> float:
    due_s = seconds_at(task.schedule_time) if "schedule_time" in task else now_s
    if due_s > now_s + _MAX_AHEAD_S:
        raise invalid("The task's scheduled time is too far in the future.")
    return max(due_s, now_s)
