"""The queues over google-cloud-tasks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from google.api_core import exceptions as google_errors
from google.cloud import tasks_v2
from google.protobuf import duration_pb2

from shared.errors import Upstream
from shared.recordings.calls import QueuedCall
from shared.recordings.codec import to_plain
from shared.recordings.pipelines import CALLS, PIPELINES, StepSpec
from shared.recordings.runs import StepTask
from shared.settings import Settings, settings
from shared.tracing import current_traceparent

TIMEOUT_S = 20
#: The longest that Cloud Tasks waits for an answer; every function's own deadline is below it.
DISPATCH_DEADLINE_S = 30 * 60

_STEPS: dict[str, StepSpec] = {
    stage.step.name: stage.step for pipeline in PIPELINES.values() for stage in pipeline.stages
}


class CloudTasks:
    """`Tasks` in Cloud Tasks: one queue per kind of load, one HTTP target per function, OIDC on every task."""

    def __init__(self, client: tasks_v2.CloudTasksClient, chosen: Settings) -> None:
        self._client = client
        self._settings = chosen

    def enqueue(self, task: StepTask) -> None:
        step = _STEPS[task.step]
        self._create(step.queue, task.name, step.function, to_plain(task))

    def knows(self, task: StepTask) -> bool:
        name = f"{self._queue(_STEPS[task.step].queue)}/tasks/{task.name}"
        try:
            self._client.get_task(name=name, timeout=TIMEOUT_S)
        except google_errors.NotFound:
            return False
        except (google_errors.GoogleAPICallError, google_errors.RetryError) as error:
            raise Upstream(f"the queue answered {type(error).__name__}") from error
        return True

    def call(self, call: QueuedCall) -> None:
        self._create(CALLS[call.function], call.name, call.function, call.arguments, not_before=call.not_before)

    def _create(
        self, queue: str, name: str, function: str, body: Mapping[str, Any], not_before: datetime | None = None
    ) -> None:
        parent = self._queue(queue)
        task = tasks_v2.Task(
            name=f"{parent}/tasks/{name}",
            schedule_time=not_before,
            dispatch_deadline=duration_pb2.Duration(seconds=DISPATCH_DEADLINE_S),
            http_request=self._request(function, body),
        )
        try:
            self._client.create_task(parent=parent, task=task, timeout=TIMEOUT_S)
        except google_errors.AlreadyExists:
            return
        except (google_errors.GoogleAPICallError, google_errors.RetryError) as error:
            raise Upstream(f"the queue answered {type(error).__name__}") from error

    def _queue(self, name: str) -> str:
        return f"projects/{self._settings.project}/locations/{self._settings.location}/queues/{name}"

    def _request(self, function: str, body: Mapping[str, Any]) -> tasks_v2.HttpRequest:
        url = self._settings.url_of(function)
        headers = {"Content-Type": "application/json"}
        if traceparent := current_traceparent():
            headers["traceparent"] = traceparent
        return tasks_v2.HttpRequest(
            url=url,
            http_method=tasks_v2.HttpMethod.POST,
            headers=headers,
            body=json.dumps(body).encode(),
            oidc_token=tasks_v2.OidcToken(service_account_email=self._settings.step_invoker, audience=url),
        )


@cache
def _client() -> tasks_v2.CloudTasksClient:
    host = os.environ.get("CLOUD_TASKS_EMULATOR_HOST")
    if not host:
        return tasks_v2.CloudTasksClient()
    # The client knows no emulator variable: it is built over a plain channel.
    import grpc
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

    transport: Any = CloudTasksGrpcTransport(channel=grpc.insecure_channel(host))
    return tasks_v2.CloudTasksClient(transport=transport)


def tasks() -> CloudTasks:
    return CloudTasks(_client(), settings())
