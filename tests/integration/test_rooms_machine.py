"""Whatever the provider, the stores, the queues, the workers and the callers do: one live recording, and no file lost.

A Hypothesis state machine drives the running platform: calls of ours, one by one and several at once, people who come,
meetings that go on at the provider, webhooks in any order, jobs, days that pass. A plan of faults makes answers late,
wrong or lost, and kills workers between effect and answer. Every fault of the plan must have happened in the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.adapters.tasks import _client as tasks_client
from shared.local.faults.accounting import outstanding
from shared.local.faults.arming import arm, faults_folder
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.recording import State
from shared.rooms.domain import RoomStatus
from shared.rooms.reconciling.disagreements import SETTLED_AFTER
from shared.wiring import wired
from tests.integration.platform import RunningPlatform
from tests.integration.rooms_faults import CRASHES, FAULTS
from tests.integration.rooms_jobs import archive_what_is_due, disagreements, expire_what_is_over
from tests.integration.rooms_provider import control, meeting_of
from tests.integration.rooms_world import ACTIONS, CALLS, JOBS, PATIENCE_S, World, attempt
from tests.integration.stored import queue_path

EXAMPLES = int(os.environ.get("PLAYHEAD_SOAK_EXAMPLES", "4"))
SHORT_DAYS, LONG_DAYS = 30, 365
MOST_ROOMS = 3
STATES = ["INVOKED", "RECORDING", "UPLOADING"]

picks = st.integers(0, 20)


class RoomsLife(RuleBasedStateMachine):
    """One tenant, its rooms, and what becomes of their recordings."""

    platform: RunningPlatform
    worlds: list[World] = []  # noqa: RUF012 - of all examples together
    rooms = Bundle("rooms")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.platform)
        self.worlds.append(self.world)
        self.is_held = False

    @initialize(
        target=rooms,
        faults=st.lists(st.sampled_from(FAULTS), max_size=4),
        crash=st.sampled_from([None, None, None, None, None, *CRASHES]),
        retention_days=st.sampled_from([SHORT_DAYS, LONG_DAYS]),
        records_by_itself=st.sampled_from([True, True, False]),
        keeps_webhooks=st.booleans(),
    )
    def begin(
        self, faults: list[Any], crash: Any, retention_days: int, records_by_itself: bool, keeps_webhooks: bool
    ) -> str:
        self.retention_days = retention_days
        arm(faults_folder(self.platform.data), [*faults, *([crash] if crash else [])])
        wishes = {"recording_retention_days": retention_days, "auto_start_recording": records_by_itself}
        self.world.ask("PATCH", f"/tenants/{self.world.tenant}/config", (200,), json=wishes)
        return self.world.create_room(held_at=STATES[1:], keeps_webhooks=keeps_webhooks)

    @precondition(lambda self: len(self.world.starts) < MOST_ROOMS)
    @rule(
        target=rooms,
        held_at=st.sampled_from([STATES[1:], STATES, STATES[2:], []]),
        keeps_webhooks=st.booleans(),
    )
    def create(self, held_at: list[str], keeps_webhooks: bool) -> str:
        return self.world.create_room(held_at=held_at, keeps_webhooks=keeps_webhooks)

    @rule(room=rooms, call=st.sampled_from(["start", *CALLS]))
    def call(self, room: str, call: str) -> None:
        self.world.call_room(room, call)

    @rule(room=rooms, calls=st.lists(st.sampled_from(sorted(CALLS)), min_size=2, max_size=4))
    def call_at_once(self, room: str, calls: list[str]) -> None:
        with ThreadPoolExecutor(len(calls)) as pool:
            list(pool.map(lambda call: self.world.call_room(room, call), calls))

    @rule(pick=picks, action=st.sampled_from(sorted(ACTIONS)))
    def act(self, pick: int, action: str) -> None:
        for id in self._picked(pick):
            self.world.act(id, action)

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        for id in self._picked(pick):
            self.world.ask("DELETE", f"/recordings/{id}", (200, 404, 502))

    @rule(room=rooms, chance=st.integers(0, 3))
    def end(self, room: str, chance: int) -> None:
        if chance == 0:  # not much happens in a room after that
            self.world.ask("POST", f"/rooms/{room}/end", (200, 502))

    @rule(room=rooms, to=st.sampled_from(["RECORDING", "PAUSED", "UPLOADING", "UPLOADED", "UPLOADED", "ERRORED"]))
    def go_on_upstream(self, room: str, to: str) -> None:
        for theirs in self.world.theirs(room)[-1:]:
            attempt("POST", f"/recordings/{theirs['id']}/advance", json={"to": to})

    @rule(room=rooms)
    def join(self, room: str) -> None:
        """Somebody comes, and the provider begins to record by itself where it was told to."""
        attempt("POST", f"/meetings/{meeting_of(room)}/join")

    @rule(room=rooms, is_heard_of=st.sampled_from([True, True, False]))
    def begin_anew_upstream(self, room: str, is_heard_of: bool) -> None:
        """One recording stops by itself, another begins by itself, and only of that one somebody tells, or nobody."""
        self.world.call_room(room, "start")
        control("PATCH", f"/meetings/{meeting_of(room)}", json={"keeps_webhooks": True})
        self.go_on_upstream(room, "UPLOADING")
        self.join(room)
        if is_heard_of:
            self.deliver(room, [-1])

    @rule(room=rooms, chance=st.integers(0, 2))
    def finish_and_be_late(self, room: str, chance: int) -> None:
        """The queue of imports stands still until the provider's copy is gone, or until just before that."""
        if self.is_held:
            return
        self.world.call_room(room, "start")
        self.hold_or_release_imports()
        self.go_on_upstream(room, "UPLOADED")
        self.world.call_room(room, "sync")
        for _ in range(3 + (chance > 0)):
            self.world.let_time_pass(44)
        self.hold_or_release_imports()

    @rule(room=rooms, order=st.lists(picks, min_size=1, max_size=4))
    def deliver(self, room: str, order: list[int]) -> None:
        """Webhooks that come late, again and in any order; those that are never picked are lost."""
        webhooks = control("GET", f"/meetings/{meeting_of(room)}/webhooks")
        for number in order if webhooks else ():
            attempt("POST", f"/webhooks/{webhooks[number % len(webhooks)]['id']}/deliver")

    @rule(room=rooms)
    def forge(self, room: str) -> None:
        for webhook in control("GET", f"/meetings/{meeting_of(room)}/webhooks")[-1:]:
            body = webhook["body"].encode()
            of_another = control("POST", "/signatures", data=body + b" ")
            headers = {"Content-Type": "application/json", "rtk-uuid": webhook["id"], **of_another}
            self.world.ask("POST", "/webhooks/cloudflare/recording", (401,), data=body, headers=headers)

    @rule()
    def run_jobs_twice_at_once(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(self.platform.run_job, JOBS * 2))
        assert {answer.status_code for answer in answers} <= {200, 502}, answers

    @rule()
    def run_daily_jobs_twice_at_once(self) -> None:
        archive_what_is_due(self.world.tenant)
        expire_what_is_over(self.world.tenant)

    @rule(hours=st.sampled_from([2, 20, 44]))
    def let_time_pass(self, hours: int) -> None:
        self.world.let_time_pass(hours)

    @rule()
    def hold_or_release_imports(self) -> None:
        """The queue of imports stands still for a while, for days perhaps."""
        client, name = tasks_client(), queue_path("transfer")
        (client.resume_queue if self.is_held else client.pause_queue)(name=name)
        self.is_held = not self.is_held

    @invariant()
    def at_most_one_is_live(self) -> None:
        for room in self.world.rooms():
            live = [one.id for one in self.world.store.open_recordings(room.id) if one.state is State.CAPTURING]
            assert len(live) <= 1, f"{live} are live in {room.id}"

    def teardown(self) -> None:
        if self.is_held:
            self.hold_or_release_imports()
        self._let_every_fault_happen()
        self.world.let_everything_end()
        self.world.check()
        for room in self.world.rooms():
            if room.status is RoomStatus.ACTIVE:
                self.world.check_is_free(room)
        self.world.let_everything_end()
        if self.retention_days == LONG_DAYS:
            self.world.check_archives()
        else:
            self.world.check_expiry()

    def _let_every_fault_happen(self) -> None:
        """A plan may ask for more than the rules have caused."""
        ends_at = time.monotonic() + PATIENCE_S
        while left := outstanding(faults_folder(self.platform.data)):
            assert time.monotonic() < ends_at, left
            room = self.world.create_room(held_at=[], keeps_webhooks=False)
            for call in ("start", "stop"):
                self.world.call_room(room, call)
            self.world.let_everything_end()
            for id in self.world.recordings()[:1]:
                self.world.act(id, "archive")

    def _picked(self, pick: int) -> list[str]:
        ids = self.world.recordings()
        return ids[pick % len(ids) :][:1] if ids else []


def keys() -> set[tuple[type, str]]:
    """The keys of all files in both stores."""
    return {(store, file.key) for store in (HotFiles, ColdFiles) for file in wired(store).files("rooms/")}


def is_known(id: str) -> bool:
    """Whether a file may have this recording's name."""
    rooms: Rooms = wired(Rooms)
    deleted = rooms.find_deleted(id)
    return rooms.find(id) is not None or (deleted is not None and deleted.has_files)


@pytest.fixture
def faulty(platform: RunningPlatform) -> Iterator[RunningPlatform]:
    """The platform, with no faults left in force afterwards."""
    yield platform
    arm(faults_folder(platform.data), [])


@pytest.mark.timeout(int(120 + EXAMPLES * 20))
def test_one_recording_is_live_and_no_file_is_lost(faulty: RunningPlatform) -> None:
    RoomsLife.platform, before = faulty, keys()

    run_state_machine_as_test(
        RoomsLife,
        settings=settings(
            max_examples=EXAMPLES,
            derandomize="PLAYHEAD_SOAK_EXAMPLES" not in os.environ,
            stateful_step_count=12,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # an example takes seconds: nobody waits until a failure is as short as can be
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert sum(world.finished for world in RoomsLife.worlds) >= EXAMPLES / 2
    tenants = [world.tenant for world in RoomsLife.worlds]
    for finding in disagreements(*tenants, later=SETTLED_AFTER + timedelta(hours=1)):
        if finding.remedy is not None:
            finding.remedy.apply()
    assert [(store, key) for store, key in keys() - before if not is_known(key.split("/")[1])] == []
