"""The life of a task between its creation and its end: attempts that are begun, and settled by their outcome.

Pure functions over what is stored. The headers are as they were observed at the real service: an attempt that
was not answered counts as a retry but not as an execution, nor does one answered with 5xx; a missed deadline
is told to the next attempt as 504; the retry reason of an HTTP target is always empty.
"""

from dataclasses import dataclass, replace

from google.cloud.tasks_v2 import Attempt, RetryConfig, Task
from google.rpc import code_pb2, status_pb2

from shared.local.identity.tokens import TokenSigner
from shared.local.tasks.delivery import Request
from shared.local.tasks.messages import seconds_at, timestamp
from shared.local.tasks.queues import backoff_s, is_spent

_CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task as the store keeps it: the public message, and what only its headers tell.

    `seq` is the order of creation, and the identity of the task within the store.
    """

    task: Task
    executions: int = 0
    previous_status: int | None = None
    seq: int = 0

    @property
    def queue_name(self) -> str:
        """The full name of the queue it is in."""
        return str(self.task.name).rpartition("/tasks/")[0]

    @property
    def due_s(self) -> float:
        """When it is to be attempted next, in seconds since 1970."""
        return seconds_at(self.task.schedule_time)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the status of the answer, or, when not `answered`, 503 or 504 in its stead."""

    status: int
    answered: bool = True
    message: str = ""

    @property
    def reason(self) -> str:
        """What happened, in words."""
        return self.message or f"HTTP status code {self.status}"

    @property
    def succeeded(self) -> bool:
        """Whether the task is done."""
        return self.answered and 200 <= self.status < 300

    @property
    def overloaded(self) -> bool:
        """Whether the target asked to be called less often."""
        return self.answered and self.status in {429, 503}


def begin(stored: StoredTask, now_s: float) -> StoredTask:
    """Return the task with one more attempt under way."""
    task = Task(stored.task)
    task.dispatch_count += 1
    task.last_attempt = Attempt(schedule_time=task.schedule_time, dispatch_time=timestamp(now_s))
    if "first_attempt" not in task:
        task.first_attempt = Attempt(dispatch_time=timestamp(now_s))
    return replace(stored, task=task)


def settle(stored: StoredTask, outcome: Outcome, retry: RetryConfig, now_s: float) -> StoredTask | None:
    """Return the task as it waits for its next attempt; None when it is over, done or given up."""
    task = Task(stored.task)
    age_s = now_s - seconds_at(task.first_attempt.dispatch_time)
    if outcome.succeeded or is_spent(retry, task.dispatch_count, age_s):
        return None
    task.last_attempt.response_time = timestamp(now_s)
    task.last_attempt.response_status = _status(outcome)
    task.response_count += outcome.answered
    task.schedule_time = timestamp(now_s + backoff_s(retry, task.dispatch_count))
    return replace(
        stored,
        task=task,
        executions=stored.executions + (outcome.answered and outcome.status < 500),
        previous_status=outcome.status,
    )


def request_of(begun: StoredTask, signer: TokenSigner) -> Request:
    """Return the HTTP request of an attempt that was begun."""
    http = begun.task.http_request
    headers = dict(http.headers) | _task_headers(begun)
    if "oidc_token" in http:
        token = signer.token(http.oidc_token.service_account_email, http.oidc_token.audience or http.url)
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = f"Bearer {token}"
    return Request(http.http_method.name, http.url, headers, http.body)


def _task_headers(begun: StoredTask) -> dict[str, str]:
    headers = {
        "X-CloudTasks-QueueName": begun.queue_name.rpartition("/")[2],
        "X-CloudTasks-TaskName": str(begun.task.name).rpartition("/")[2],
        "X-CloudTasks-TaskRetryCount": str(begun.task.dispatch_count - 1),
        "X-CloudTasks-TaskExecutionCount": str(begun.executions),
        "X-CloudTasks-TaskETA": f"{begun.due_s:.6f}",
    }
    if begun.previous_status is not None:
        headers["X-CloudTasks-TaskPreviousResponse"] = str(begun.previous_status)
        headers["X-CloudTasks-TaskRetryReason"] = ""
    return headers


def _status(outcome: Outcome) -> status_pb2.Status:
    fallback = "INTERNAL" if outcome.status >= 500 else "FAILED_PRECONDITION" if outcome.status >= 400 else "UNKNOWN"
    name = _CODES.get(outcome.status, fallback)
    code = code_pb2.Code.Value(name)
    return status_pb2.Status(code=code, message=f"{name}({code}): {outcome.reason}")
