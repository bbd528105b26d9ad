"""These tests are of servers that know nothing of the product: nothing of a running platform may reach them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

_OF_A_PLATFORM = (
    "PLAYHEAD_",
    "FIRESTORE_",
    "STORAGE_",
    "CLOUD_TASKS_",
    "GOOGLE_",
    "AWS_",
    "LOCALSTACK_",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture(scope="package", autouse=True)
def _of_no_platform() -> Iterator[None]:
    """Whatever other tests of this process have set for themselves is out of sight."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(_OF_A_PLATFORM):
            del os.environ[name]
    yield
    os.environ.clear()
    os.environ.update(before)
