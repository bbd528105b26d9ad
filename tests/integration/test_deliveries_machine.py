"""Whatever the queues and the workers do wrong: one effect, the right end, and nothing left behind.

A Hypothesis state machine drives the running platform: it makes recordings, delivers tasks again, deletes, runs the
repair job; a plan of faults makes the queues deliver twice, late, out of order or not at all, and kills workers between
effect and answer. Every fault of the plan must have happened in the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from shared import ports
from shared.local.faults.accounting import outstanding
from shared.local.faults.arming import arm, faults_folder
from shared.recordings.codec import to_plain
from shared.recordings.deleting import WRITERS_ARE_GONE_AFTER
from shared.recordings.runs import RunState, StepState
from shared.recordings.sweeps import ORPHANS_ARE_OLDER_THAN, purge_deleted, sweep_orphans
from shared.wiring import wired
from tests.integration.platform import Capture, RunningPlatform, eventually, patiently
from tests.integration.stored import now, objects_of, run_of

EXAMPLES = int(os.environ.get("PLAYHEAD_SOAK_EXAMPLES", "67"))
STEPS = ("steps_summarize_events", "steps_finish_capture")
PATIENCE_S = 30

deliveries = st.sampled_from(
    [
        {"do": "duplicate", "delay_s": 0.0},
        {"do": "duplicate", "delay_s": 0.3},
        {"do": "delay", "delay_s": 0.3},
        {"do": "drop"},
        {"do": "reorder"},
        {"do": "fail", "status": 503},
    ]
)
EVENTS = [{"type": 4, "timestamp": 1, "data": {"href": "https://shop.example/", "width": 1, "height": 1}}]


def plan_of(actions: list[tuple[str, dict[str, Any]]], crashes: int) -> list[dict[str, Any]]:
    """The faults: each action on one delivery of its step, and workers that die before they can answer."""
    planned = [{"part": "tasks", "at": "deliver", "match": {"function": step}, **action} for step, action in actions]
    crash = {"part": "functions", "at": "answer", "match": {"function": STEPS[0]}, "do": "crash"}
    return planned + [crash] * crashes


class Deliveries(RuleBasedStateMachine):
    """Recordings of events alone: two steps each, so that hundreds of runs fit into a minute."""

    platform: RunningPlatform
    runs = 0  #: of all examples together
    recordings = Bundle("recordings")

    def __init__(self) -> None:
        super().__init__()
        self.capture: Capture = self.platform.client()
        self.live: list[str] = []
        self.deleted: list[str] = []

    @initialize(
        actions=st.lists(st.tuples(st.sampled_from(STEPS), deliveries), max_size=4),
        crashes=st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1]),
    )
    def arm_faults(self, actions: list[tuple[str, dict[str, Any]]], crashes: int) -> None:
        arm(faults_folder(self.platform.data), plan_of(actions, crashes))

    @rule(target=recordings, count=st.integers(2, 4))
    def create(self, count: int) -> Any:
        return multiple(*(self._create() for _ in range(count)))

    @rule(id=recordings)
    def deliver_again(self, id: str) -> None:
        """A delivery out of nowhere: of whatever step, while it runs or long after."""
        with suppress(AssertionError):
            run = run_of(id)
            for task in run.tasks():
                headers = {"X-CloudTasks-TaskName": task.name}
                patiently(
                    lambda task=task, headers=headers: self.platform.invoke(  # type: ignore[misc]
                        f"steps_{task.step}", "STEP", to_plain(task), **headers
                    )
                )

    @rule(id=consumes(recordings))
    def delete(self, id: str) -> None:
        assert patiently(lambda: self.capture.delete(id)).status_code in (204, 404)
        self.live.remove(id)
        self.deleted.append(id)

    @rule()
    def repair(self) -> None:
        assert self.platform.run_job("jobs_requeue_stalled").status_code in (200, 502)

    def teardown(self) -> None:
        self._let_every_fault_happen()
        for id in self.live:
            self._check_end(id)
        purge_deleted(recordings=wired(ports.Recordings), media=wired(ports.Media), now=now() + WRITERS_ARE_GONE_AFTER)
        for id in self.deleted:
            assert patiently(lambda id=id: self.capture.get(id)).status_code == 404  # type: ignore[misc]
            eventually(lambda id=id: not objects_of(id), what="nothing being left")  # type: ignore[misc]

    def _create(self) -> str:
        headers = {"Idempotency-Key": uuid4().hex}
        body = {"started_at": "2026-05-04T10:00:00Z", "events": EVENTS}
        answer = patiently(lambda: self.capture.call("POST", "/api/v1/recordings", json=body, headers=headers))
        if answer.status_code == 409:  # the worker died in the middle of it; the key is free again in a minute
            return self._create()
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        self.live.append(id)
        type(self).runs += 1
        return id

    def _let_every_fault_happen(self) -> None:
        """A plan may ask for more deliveries than the rules have caused."""
        ends_at = time.monotonic() + PATIENCE_S
        while left := outstanding(faults_folder(self.platform.data)):
            assert time.monotonic() < ends_at, left
            self._create()
            time.sleep(0.2)

    def _check_end(self, id: str) -> None:
        recording = eventually(lambda: self._ended(id), within_s=PATIENCE_S, what=f"the end of {id}")
        assert recording["status"] == "ready", recording
        run = run_of(id)
        assert run.state is RunState.DONE
        for step in run.steps.values():
            assert step.state is StepState.DONE
            assert 1 <= step.attempts == step.fence <= 5
        eventually(lambda: self._summaries(id) == 1, what="one effect, and no orphan, of the summary")

    def _ended(self, id: str) -> dict[str, Any] | None:
        recording: dict[str, Any] = patiently(lambda: self.capture.get(id)).json()
        return recording if recording.get("status") in ("ready", "failed") else None

    def _summaries(self, id: str) -> int:
        """How many summaries are stored, after what a killed worker left has been swept."""
        if _stored_summaries(id) > 1:  # looked at again at once: a sweep of all that the tests made takes its time
            later = now() + ORPHANS_ARE_OLDER_THAN + timedelta(minutes=1)
            sweep_orphans(recordings=wired(ports.Recordings), media=wired(ports.Media), now=later)
        return _stored_summaries(id)


def _stored_summaries(id: str) -> int:
    return sum(one.name.endswith("event_summary.json") for one in objects_of(id))


@pytest.fixture
def faulty(platform: RunningPlatform) -> Iterator[RunningPlatform]:
    """The platform, with no faults left in force afterwards."""
    yield platform
    arm(faults_folder(platform.data), [])


@pytest.mark.timeout(int(60 + EXAMPLES * 6))
def test_every_run_ends_well_and_once(faulty: RunningPlatform) -> None:
    Deliveries.platform = faulty

    run_state_machine_as_test(
        Deliveries,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=6,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert Deliveries.runs >= 3 * EXAMPLES
