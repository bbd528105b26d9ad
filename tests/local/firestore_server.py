"""Firestore as the process that it is, with the real client, for tests that also kill it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from tests.local.part_process import free_port

CREDENTIALS = AnonymousCredentials()  # type: ignore[no-untyped-call]
ASC, DESC, CONTAINS = "ASCENDING", "DESCENDING", "CONTAINS"
Field = tuple[str, str]


def index(collection: str, *fields: Field, scope: str = "COLLECTION") -> dict[str, Any]:
    """Declare a composite index as the schema file does."""
    return {"collection": collection, "scope": scope, "fields": [list(field) for field in fields]}


SCHEMA: dict[str, Any] = {
    "indexes": [
        index("recordings", ("owner", ASC), ("at", DESC)),
        index("recordings", ("owner", ASC), ("number", ASC)),
        index("recordings", ("number", ASC), ("owner", ASC)),
        index("notes", ("n", ASC), ("`p.q`", ASC)),
        index("tracks", ("number", ASC), scope="COLLECTION_GROUP"),
        index("restaurants", ("city", ASC), ("stars", ASC)),
        index("restaurants", ("category", DESC), ("stars", ASC)),
        index("restaurants", ("stars", DESC), ("price", ASC), ("__name__", DESC)),
        index("restaurants", ("tags", CONTAINS), ("stars", DESC)),
        index("restaurants", ("open", ASC), scope="COLLECTION_GROUP"),
    ],
    "ttl": [{"collection": "sessions", "field": "expire_at"}],
}


class Firestore:
    """A server of the Firestore protocol, ours or Google's, that will listen on a free port."""

    def __init__(self) -> None:
        self.port = free_port()

    def client(self, project: str = "demo", **options: Any) -> Any:
        """Return Google's client of this server."""
        with self._as_emulator():
            return firestore.Client(project=project, credentials=CREDENTIALS, **options)

    def async_client(self, project: str = "demo") -> Any:
        """Return Google's asynchronous client of this server."""
        with self._as_emulator():
            return firestore.AsyncClient(project=project, credentials=CREDENTIALS)

    @contextmanager
    def _as_emulator(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{self.port}")
            yield


class FirestoreServer(Firestore):
    """Our server over one data folder; it can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the process and wait until it answers."""
        schema = self.folder / "schema.json"
        schema.write_text(json.dumps(SCHEMA))
        always = ["--port", str(self.port), "--data", str(self.folder), "--schema", str(schema)]
        command = [sys.executable, "-m", "shared.local.firestore", *always, "--parent", str(os.getpid()), *options]
        self.process = subprocess.Popen(command)
        self.ask("Health", Empty, timeout_s=15)

    def kill(self) -> None:
        """End the process as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the process to end; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def counters(self) -> dict[str, int]:
        """Return how many documents were read, written and deleted since the start."""
        return {name: int(count) for name, count in self.ask("Counters", Struct).items()}

    def ask(self, method: str, response: Any, timeout_s: float = 5) -> Any:
        """Call one of the platform's own methods."""
        with grpc.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            call = channel.unary_unary(
                f"/playhead.local.Firestore/{method}",
                request_serializer=Empty.SerializeToString,
                response_deserializer=response.FromString,
            )
            return call(Empty(), timeout=timeout_s, wait_for_ready=True)


@contextmanager
def new_firestore_server(folder: Path) -> Iterator[FirestoreServer]:
    """A server that is not started yet, and is gone at the end of the block."""
    server = FirestoreServer(folder)
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()
