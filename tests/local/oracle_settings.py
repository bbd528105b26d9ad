"""How hard our server is compared with Google's: the same examples on every run, or many new ones on demand."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., object])

SOAK_EXAMPLES = int(os.environ.get("PLAYHEAD_SOAK_EXAMPLES", "0"))
_SOAK_UNIT = 50


def examples(bounded: int) -> Callable[[Test], Test]:
    """Let a test look at `bounded` examples; PLAYHEAD_SOAK_EXAMPLES=1000 makes them 20 times as many, and random."""
    soaks = SOAK_EXAMPLES > 0
    chosen = settings(
        max_examples=bounded * SOAK_EXAMPLES // _SOAK_UNIT if soaks else bounded,
        derandomize=not soaks,
        print_blob=soaks,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )

    def decorate(test: Test) -> Test:
        decorated = chosen(test)
        return pytest.mark.timeout(0)(decorated) if soaks else decorated

    return decorate
