"""One platform for all integration tests; tests that break theirs start their own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.api_keys import save_key
from tests.integration.platform import TEST_SETTINGS, Capture, RunningPlatform, Sessions, running_platform
from tests.integration.sessions_site import DemoSite, serve_demo_site
from tests.unit.webhook_receiver import Receiver, receiving

SAMPLE = Path(__file__).parents[2] / "demo" / "sample"


@pytest.fixture(scope="session")
def site() -> Iterator[DemoSite]:
    """A site that the platform's browser may look at, though it is not public."""
    with serve_demo_site() as server:
        yield server


@pytest.fixture(scope="session")
def tenants_server() -> Iterator[Receiver]:
    """A server that the platform may tell of finished recordings, though it is not public."""
    with receiving() as server:
        yield server


@pytest.fixture(scope="session")
def platform(
    tmp_path_factory: pytest.TempPathFactory, site: DemoSite, tenants_server: Receiver
) -> Iterator[RunningPlatform]:
    """The platform; its settings are this process's too, so that tests can use the product's own adapters."""
    allowed_hosts = [site.authority, tenants_server.authority]
    settings = {**TEST_SETTINGS, "PLAYHEAD_ALLOWED_HOSTS": json.dumps(allowed_hosts)}
    with running_platform(tmp_path_factory.mktemp("platform"), settings) as running:
        os.environ.update(running.environment)
        yield running


@pytest.fixture(scope="session")
def capture(platform: RunningPlatform) -> Capture:
    """A client of the first tenant."""
    return platform.client()


@pytest.fixture(scope="session")
def stranger(platform: RunningPlatform) -> Capture:
    """A client of another tenant."""
    return platform.client(save_key("strangers"))


@pytest.fixture
def fresh(platform: RunningPlatform) -> Capture:
    """A client of a tenant that has nothing yet."""
    return platform.client(save_key(f"tenant-{uuid4().hex[:12]}"))


@pytest.fixture
def sessions(platform: RunningPlatform) -> Sessions:
    """A client of the sessions API, of a user who has nothing yet."""
    return new_sessions_client(platform)


@pytest.fixture
def colleague(platform: RunningPlatform) -> Sessions:
    """A client of the sessions API, of another user of the same tenant."""
    return new_sessions_client(platform)


def new_sessions_client(platform: RunningPlatform) -> Sessions:
    """A client of the sessions API, of a new user of always the same tenant."""
    return platform.sessions(save_key("sessions", f"user-{uuid4().hex[:12]}"))


@pytest.fixture(scope="session")
def sample_video() -> bytes:
    """A tab video as Chrome's MediaRecorder makes it: neither duration nor index."""
    return (SAMPLE / "video.webm").read_bytes()


@pytest.fixture(scope="session")
def sample_events() -> list[dict[str, Any]]:
    """The rrweb events of the same recording."""
    events: list[dict[str, Any]] = json.loads((SAMPLE / "events.json").read_text())
    return events
