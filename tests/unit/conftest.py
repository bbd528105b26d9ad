"""How hard the property tests look: the same bounded examples on every run, or a long search on demand."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "bounded",
    max_examples=60,
    stateful_step_count=40,
    report_multiple_bugs=False,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search",
    max_examples=2000,
    stateful_step_count=80,
    report_multiple_bugs=False,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "bounded"))
