"""One run of the Pulumi program for all tests."""

from __future__ import annotations

import pytest

from shared.edge.declarations import Declaration
from shared.edge.manifest import declarations
from tests.infra.recorded_stack import RecordedStack, run_program


def pytest_configure(config: pytest.Config) -> None:
    # pulumi_gcp warns of its own deprecated names while it is imported.
    config.addinivalue_line("filterwarnings", "ignore:gcp\\.:DeprecationWarning")


@pytest.fixture(scope="session")
def stack() -> RecordedStack:
    return run_program()


@pytest.fixture(scope="session")
def declared() -> list[Declaration]:
    return declarations()
