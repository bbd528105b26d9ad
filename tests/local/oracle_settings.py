"""How hard the comparison looks: the same examples on every run or, on demand, a long search."""

import os

from hypothesis import HealthCheck, settings

SEARCH = os.environ.get("HYPOTHESIS_PROFILE") == "search"


def bounded(max_examples: int) -> settings:
    """Return the settings of a test that looks at so many examples, or at twenty times as many in a search."""
    return settings(
        max_examples=max_examples * (20 if SEARCH else 1),
        deadline=None,
        derandomize=not SEARCH,
        database=None,
        print_blob=SEARCH,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
