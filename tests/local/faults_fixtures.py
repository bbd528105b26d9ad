"""Fixtures of the tests named test_faults_*: `pytest_plugins = ["tests.local.faults_fixtures"]`."""

import dataclasses
from collections.abc import Iterator

import pytest

from shared.local.supervisor.platform import Platform
from tests.local.fixture_platform import fixture_config
from tests.local.misbehaving import Misbehaving
from tests.local.receiver import Receiver, running_receiver


@pytest.fixture(scope="session")
def misbehaving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Misbehaving]:
    folder = tmp_path_factory.mktemp("misbehaving")
    with Platform(dataclasses.replace(fixture_config(folder), faults=[])) as platform:
        platform.wait_ready(30)
        yield Misbehaving(platform, platform.addresses, folder)


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running
