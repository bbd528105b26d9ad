"""Fixtures of tests of RealtimeKit: `pytest_plugins = ["tests.local.realtimekit_fixtures"]`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.realtimekit_part import RealtimeKitPart, new_part
from tests.local.receiver import Receiver, running_receiver


@pytest.fixture(scope="session")
def webhook_receiver() -> Iterator[Receiver]:
    """The app that is told of the recordings."""
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory, webhook_receiver: Receiver) -> Iterator[RealtimeKitPart]:
    """One server for all tests that neither stop it nor configure it."""
    with new_part(tmp_path_factory.mktemp("realtimekit")) as part:
        part.start(webhook_url=webhook_receiver.url("/told"))
        yield part


@pytest.fixture
def own_kit(tmp_path: Path) -> Iterator[RealtimeKitPart]:
    """A server of the test's own, not yet started."""
    with new_part(tmp_path) as part:
        yield part


@pytest.fixture
def meeting(kit: RealtimeKitPart) -> str:
    """A meeting that only this test uses."""
    return kit.new_meeting(title="a meeting")
