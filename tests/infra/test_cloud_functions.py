"""Every declaration is deployed once, as declared: as a Cloud Function, or as a container where it needs programs."""

from __future__ import annotations

import pytest

from infra.cloud_functions import cpus_for
from infra.environment import is_private
from infra.source import ENTRY_FILE, ROOT
from shared.adapters.tasks import DISPATCH_DEADLINE_S
from shared.edge.declarations import Declaration, Endpoint
from shared.edge.invocables import Job, Step, Task, Trigger
from tests.infra.recorded_stack import FUNCTION, PROJECT_NUMBER, SERVICE, RecordedStack

#: The longest that the platform lets a function of a kind run; for a step, a task and a job, that its caller waits.
LONGEST_S = {Endpoint: 3600, Trigger: 540, Step: DISPATCH_DEADLINE_S, Task: DISPATCH_DEADLINE_S, Job: 1800}


def test_every_declaration_is_deployed_once_and_nothing_else_is(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    entry_points = [inputs["buildConfig"]["entryPoint"] for inputs in stack.of_type(FUNCTION).values()]
    contained = [stack.runtime_of(name).environment["FUNCTION_TARGET"] for name in stack.of_type(SERVICE)]

    assert sorted(entry_points + contained) == [one.name for one in declared]


def test_a_function_has_the_memory_time_out_and_concurrency_that_it_declares(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    for one in declared:
        runtime = stack.runtime_of(one.name)

        assert runtime.memory == f"{one.memory_mb}Mi"
        assert runtime.cpus == str(cpus_for(one.memory_mb))
        assert runtime.timeout_s == one.timeout_s
        assert runtime.concurrency == one.concurrency


def test_a_function_has_a_thread_for_every_request_that_it_may_be_sent_at_once(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    for one in declared:
        assert stack.runtime_of(one.name).environment["THREADS"] == str(one.concurrency)


@pytest.mark.parametrize(("memory_mb", "cpus"), [(128, 1), (4096, 1), (4097, 2), (8192, 2), (16384, 4), (32768, 8)])
def test_memory_comes_with_the_fewest_cpus_that_may_have_it(memory_mb: int, cpus: int) -> None:
    assert cpus_for(memory_mb) == cpus


def test_no_function_declares_more_time_than_its_caller_waits(declared: list[Declaration]) -> None:
    for one in declared:
        assert one.timeout_s <= LONGEST_S[type(one)], one.name


def test_a_deployed_name_fits_into_the_url_that_is_known_beforehand(declared: list[Declaration]) -> None:
    for one in declared:
        assert len(f"{one.name}-{PROJECT_NUMBER}") <= 63, one.name


def test_all_functions_are_built_from_the_one_source_file(stack: RecordedStack) -> None:
    for inputs in stack.of_type(FUNCTION).values():
        assert inputs["buildConfig"]["environmentVariables"] == {"GOOGLE_FUNCTION_SOURCE": ENTRY_FILE}

    assert (ROOT / ENTRY_FILE).is_file()


def test_only_endpoints_can_be_reached_from_outside_and_only_by_the_load_balancer(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    for one in declared:
        assert stack.runtime_of(one.name).is_internal is is_private(one)

    settings = {inputs["serviceConfig"]["ingressSettings"] for inputs in stack.of_type(FUNCTION).values()}
    assert settings == {"ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"}
    assert {type(one) for one in declared if not is_private(one)} == {Endpoint}
