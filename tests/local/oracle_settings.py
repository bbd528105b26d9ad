"""How hard our server is compared with Google's: the same examples on every run, or a long search on demand."""

import os

from hypothesis import HealthCheck, settings

SEARCHES = os.environ.get("HYPOTHESIS_PROFILE") == "search"


def examples(bounded: int, search: int) -> settings:
    """Return the settings of a test that looks at `bounded` examples, or at `search` new ones in a search."""
    return settings(
        max_examples=search if SEARCHES else bounded,
        derandomize=not SEARCHES,
        print_blob=SEARCHES,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
