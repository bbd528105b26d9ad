"""How hard our server is compared with Google's: the same examples on every run, or many new ones on demand."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., object])

SEARCHES = os.environ.get("HYPOTHESIS_PROFILE") == "search"


def examples(bounded: int, *, searched: int = 2000) -> Callable[[Test], Test]:
    """Let a test look at `bounded` examples, or, under HYPOTHESIS_PROFILE=search, at `searched` random ones."""
    chosen = settings(
        max_examples=searched if SEARCHES else bounded,
        derandomize=not SEARCHES,
        print_blob=SEARCHES,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )

    def decorate(test: Test) -> Test:
        decorated = chosen(test)
        return pytest.mark.timeout(0)(decorated) if SEARCHES else decorated

    return decorate
