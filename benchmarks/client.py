"""A client of the running platform: its API, and what its servers have counted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any

import grpc
import requests
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

TIMEOUT_S = 120
RECORDINGS = "/api/v1/recordings"
Counts = Mapping[str, int]


def platform_url() -> str:
    """Where the platform serves the capture API."""
    return f"{os.environ['PLAYHEAD_URL']}/capture"


def authorization(key: str | None = None) -> dict[str, str]:
    """The header that says who asks: by default the first tenant's admin."""
    return {"Authorization": f"Bearer {key or os.environ['PLAYHEAD_API_KEY']}"}


def create(url: str, body: bytes, *, encoding: str = "identity") -> dict[str, Any]:
    """Create a recording at the platform, or at a function of its own."""
    headers = {**authorization(), "Content-Type": "application/json", "Content-Encoding": encoding}
    answer = requests.post(f"{url}{RECORDINGS}", data=body, headers=headers, timeout=TIMEOUT_S)
    answer.raise_for_status()
    created: dict[str, Any] = answer.json()
    return created


def get(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> bytes:
    """The body of an answer that is 200, over a connection that is kept."""
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {body.decode()}")
    return body


def firestore_counts() -> Counts:
    """Documents read, written and deleted since the platform started."""
    return _grpc_counts(os.environ["FIRESTORE_EMULATOR_HOST"], "playhead.local.Firestore")


def task_counts() -> Counts:
    """Tasks created and dispatched since the platform started; those pending and in flight now."""
    return _grpc_counts(os.environ["CLOUD_TASKS_EMULATOR_HOST"], "playhead.local.Tasks")


def storage_counts() -> Counts:
    """Operations by billing class, and bytes, since the platform started."""
    answer = requests.get(f"{os.environ['STORAGE_EMULATOR_HOST']}/_playhead/counters", timeout=TIMEOUT_S)
    counts: dict[str, Any] = answer.json()
    del counts["operations"]
    return counts


def _grpc_counts(address: str, service: str) -> Counts:
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            f"/{service}/Counters",
            request_serializer=Empty.SerializeToString,
            response_deserializer=Struct.FromString,
        )
        counted: Struct = call(Empty(), timeout=TIMEOUT_S)
    return {name: int(field.number_value) for name, field in counted.fields.items()}
