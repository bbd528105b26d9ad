"""The life of one task: attempts that are begun and settled, and what they tell the target."""

import pytest
from google.cloud.tasks_v2 import HttpRequest, OidcToken, RetryConfig, Task

from shared.local.identity.tokens import TokenSigner
from shared.local.tasks.attempts import Outcome, StoredTask, begin, request_of, settle
from shared.local.tasks.tasks import complete_task
from tests.local.tasks_part import MEDIA_QUEUE, seconds

NOW_S = 1_800_000_000.0
RETRY = RetryConfig(min_backoff=seconds(1), max_backoff=seconds(10), max_doublings=4, max_attempts=2)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> TokenSigner:
    return TokenSigner("http://127.0.0.1:1", tmp_path_factory.mktemp("tasks") / "key.pem")


def new_task(**request: object) -> StoredTask:
    http_request = HttpRequest(url="http://target/", **request)
    return StoredTask(complete_task(Task(http_request=http_request), MEDIA_QUEUE, NOW_S))


def headers_after(outcome: Outcome, signer: TokenSigner) -> dict[str, str]:
    """Return the headers of the second attempt when the first ended so."""
    waiting = settle(begin(new_task(), NOW_S), outcome, RETRY, NOW_S)
    assert waiting
    return dict(request_of(begin(waiting, NOW_S + 1), signer).headers)


def test_a_missed_deadline_is_told_as_504_and_is_not_an_execution(signer: TokenSigner) -> None:
    headers = headers_after(Outcome(504, answered=False), signer)

    assert headers["X-CloudTasks-TaskPreviousResponse"] == "504"
    assert headers["X-CloudTasks-TaskExecutionCount"] == "0"
    assert headers["X-CloudTasks-TaskRetryCount"] == "1"


def test_an_attempt_that_never_ended_counts_as_a_retry_without_a_response(signer: TokenSigner) -> None:
    begun_twice = begin(begin(new_task(), NOW_S), NOW_S + 5)

    headers = request_of(begun_twice, signer).headers

    assert headers["X-CloudTasks-TaskRetryCount"] == "1"
    assert "X-CloudTasks-TaskPreviousResponse" not in headers


def test_the_next_attempt_is_due_after_the_backoff() -> None:
    waiting = settle(begin(new_task(), NOW_S), Outcome(500), RETRY, NOW_S + 3)

    assert waiting
    assert waiting.due_s == NOW_S + 3 + 1


@pytest.mark.parametrize("outcome", [Outcome(200), Outcome(299)])
def test_any_2xx_ends_a_task(outcome: Outcome) -> None:
    assert settle(begin(new_task(), NOW_S), outcome, RETRY, NOW_S) is None


def test_the_last_attempt_ends_a_task_however_it_ends() -> None:
    begun_twice = begin(begin(new_task(), NOW_S), NOW_S)

    assert settle(begun_twice, Outcome(500), RETRY, NOW_S) is None


def test_an_attempt_changes_nothing_in_the_task_it_was_given() -> None:
    task = new_task()

    settle(begin(task, NOW_S), Outcome(500), RETRY, NOW_S)

    assert task.task.dispatch_count == 0
    assert "last_attempt" not in task.task


def test_headers_that_belong_to_the_service_are_not_taken_from_the_client(signer: TokenSigner) -> None:
    task = new_task(
        headers={
            "host": "evil",
            "Content-Length": "9",
            "user-agent": "mine",
            "X-CloudTasks-TaskName": "mine",
            "x-google-a": "mine",
            "X-AppEngine-B": "mine",
            "authorization": "mine",
            "X-Mine": "mine",
        },
        oidc_token=OidcToken(service_account_email="a@local"),
    )

    headers = request_of(begin(task, NOW_S), signer).headers

    assert [name for name, value in headers.items() if value == "mine"] == ["X-Mine"]
    assert {"host", "content-length"}.isdisjoint(name.lower() for name in headers)


def test_an_authorization_of_the_client_is_sent_when_no_token_was_asked_for(signer: TokenSigner) -> None:
    task = new_task(headers={"Authorization": "Bearer mine"})

    assert request_of(begin(task, NOW_S), signer).headers["Authorization"] == "Bearer mine"
