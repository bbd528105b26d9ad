"""Cloud Tasks as the process that it is, with the real client, for tests that also kill it."""

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.cloud import tasks_v2
from google.cloud.tasks_v2 import Queue, Task
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from tests.local.part_process import free_port

LOCATION = "projects/demo/locations/europe-west1"
MEDIA_QUEUE = f"{LOCATION}/queues/media"
MEDIA_SETTINGS: dict[str, Any] = {
    "name": MEDIA_QUEUE,
    "max_concurrent": 2,
    "max_per_s": 50,
    "min_backoff_s": 1,
    "max_backoff_s": 10,
    "max_doublings": 4,
}


class TasksPart:
    """One server over one data folder; it can be killed and started again on the same port."""

    def __init__(self, folder: Path, issuer: str = "http://127.0.0.1:1") -> None:
        self.folder = folder
        self.issuer = issuer
        self.port = free_port()
        self._numbers = itertools.count()
        self._start_client()
        self.start()

    def start(self, settings: dict[str, Any] = MEDIA_SETTINGS) -> None:
        """Start the process and wait until it answers."""
        config = self.folder / "tasks.json"
        key = str(self.folder / "identity" / "key.pem")
        config.write_text(json.dumps({"queues": [settings], "issuer": self.issuer, "identity_key": key}))
        options = [
            "--port",
            str(self.port),
            "--data",
            str(self.folder),
            "--config",
            str(config),
            "--parent",
            str(os.getpid()),
        ]
        self.process = subprocess.Popen([sys.executable, "-m", "shared.local.tasks", *options])
        health = self.channel.unary_unary(
            "/playhead.local.Tasks/Health",
            request_serializer=Empty.SerializeToString,
            response_deserializer=Empty.FromString,
        )
        health(Empty(), timeout=15, wait_for_ready=True)

    def kill(self) -> None:
        """End the process as a crash would, and the client's connection with it."""
        self.process.kill()
        self.process.wait()
        self.channel.close()
        self._start_client()

    def stop(self) -> int:
        """Ask the process to end; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def new_queue(self, **settings: Any) -> str:
        """Create a queue nobody else uses and return its name."""
        name = f"{LOCATION}/queues/q{next(self._numbers)}"
        self.client.create_queue(parent=LOCATION, queue=Queue(name=name, **settings))
        return name

    def create(self, queue: str, url: str, *, id: str = "", **fields: Any) -> Task:
        """Create a POST task of `{"a":1}`; fields of the HTTP request are recognised by name."""
        of_request = {name: fields.pop(name) for name in ("oidc_token", "http_method", "body") if name in fields}
        request = {
            "body": b'{"a":1}',
            "headers": {"Content-Type": "application/json", "X-Mine": "1"},
        } | of_request
        task = Task(http_request=tasks_v2.HttpRequest(url=url, **request), **fields)
        if id:
            task.name = f"{queue}/tasks/{id}"
        return self.client.create_task(parent=queue, task=task)

    def counters(self) -> dict[str, Any]:
        """Return what the server counted."""
        count = self.channel.unary_unary(
            "/playhead.local.Tasks/Counters",
            request_serializer=Empty.SerializeToString,
            response_deserializer=Struct.FromString,
        )
        return dict(count(Empty(), timeout=5).items())

    def _start_client(self) -> None:
        # By default a refused connection is tried again after a second only.
        patience = [(f"grpc.{bound}_reconnect_backoff_ms", 50) for bound in ("initial", "max")]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=patience)
        self.client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=self.channel))


@contextmanager
def running_tasks(folder: Path, issuer: str = "http://127.0.0.1:1") -> Iterator[TasksPart]:
    """Run the part until the end of the block."""
    part = TasksPart(folder, issuer)
    try:
        yield part
    finally:
        part.process.kill()
        part.process.wait()
        part.channel.close()


def seconds(length_s: float) -> timedelta:
    """Return a length of time as the client takes it."""
    return timedelta(seconds=length_s)


def in_seconds(ahead_s: float) -> datetime:
    """Return the moment that is so far ahead."""
    return datetime.now(UTC) + timedelta(seconds=ahead_s)
