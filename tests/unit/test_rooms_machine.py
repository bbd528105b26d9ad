"""Whatever happens in whatever order: one live recording at most, nothing taken twice, and nothing finished is lost."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.errors import Conflict, NotFound, Upstream
from shared.ports.meetings import LIVE_STATES, ProviderRecording, ProviderState
from shared.recordings import lifecycle
from shared.recordings.idempotency import Once
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run, RunState
from shared.rooms.deleting import delete_recording
from shared.rooms.domain import STALLED_AFTER, SYNC_EVERY, DeletedRecording, ProviderLink, Tenant
from shared.rooms.following import follow_provider
from shared.rooms.reading import details_of
from shared.rooms.recovering import recover_stalled
from shared.rooms.starting import start_recording
from shared.rooms.stopping import stop_recording
from shared.rooms.syncing import sync_all
from shared.structs import replace
from tests.unit.examples import ANNA
from tests.unit.fakes import START
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, RoomWorld, room

OPEN = (State.CAPTURING, State.PROCESSING)
STEP = Origin(actor="step:import_recording")
#: What may follow a state at the provider.
NEXT = {
    ProviderState.INVOKED: (ProviderState.RECORDING, ProviderState.ERRORED),
    ProviderState.RECORDING: (ProviderState.PAUSED, ProviderState.UPLOADING, ProviderState.ERRORED),
    ProviderState.PAUSED: (ProviderState.RECORDING, ProviderState.UPLOADING),
    ProviderState.UPLOADING: (ProviderState.UPLOADED, ProviderState.ERRORED),
}


class RoomMachine(RuleBasedStateMachine):
    """One room, its meeting, and a world that does not keep to any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = RoomWorld()
        tenant = Tenant(id=ANNA.tenant_id, auto_start_recording=True)  # so the room is always synced
        self.world.rooms.put(room(records_on_start=True, sync_at=START), tenant)
        self.said: list[ProviderRecording] = []  #: everything that the provider has ever said, to be heard late

    @rule(fault=st.sampled_from(["none", "refuse", "fail", "lose_answer"]))
    def start(self, fault: str) -> None:
        if fault != "none":
            getattr(self.world.meetings, fault)()
        with suppress(Conflict, Upstream):
            start_recording(ROOM_ID, by=ANNA, once=Once(), clock=self.world.clock, **self._ports())
        self.world.meetings._fault = None
        self._listen()

    @rule(is_lost=st.booleans())
    def stop(self, is_lost: bool) -> None:
        if is_lost:
            self.world.meetings.lose_answer()
        with suppress(NotFound, Upstream):
            stop_recording(ROOM_ID, by=ANNA, now=self.world.clock.now(), **self._ports())
        self.world.meetings._fault = None
        self._listen()

    @precondition(lambda self: not self.world.meetings.live())
    @rule()
    def begin_by_itself(self) -> None:
        self.world.meetings.begin(MEETING_ID)
        self._listen()

    @rule(pick=st.integers(0, 9), choice=st.integers(0, 2))
    def advance_at_the_provider(self, pick: int, choice: int) -> None:
        moving = [one for one in self.world.meetings.recordings.values() if one.state in NEXT]
        if moving:
            found = moving[pick % len(moving)]
            self.world.meetings.advance(found.id, NEXT[found.state][choice % len(NEXT[found.state])])
            self._listen()

    @rule()
    def finish_at_the_provider(self) -> None:
        for one in list(self.world.meetings.recordings.values()):
            if one.state in NEXT:
                self.world.meetings.advance(one.id, ProviderState.UPLOADED)
        self._listen()

    @precondition(lambda self: self.said)
    @rule(pick=st.integers(0, 99))
    def hear_late(self, pick: int) -> None:
        found = self.said[pick % len(self.said)]
        ports = self._ports()
        del ports["meetings"]
        follow_provider(found, room_id=ROOM_ID, origin=STEP, now=self.world.clock.now(), **ports)

    @rule(minutes=st.sampled_from([1, 3, 16, 61]))
    def pass_time(self, minutes: int) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))

    @rule(is_down=st.booleans())
    def run_jobs(self, is_down: bool) -> None:
        self.world.meetings.is_down = is_down
        sync_all(clock=self.world.clock, **self._ports())
        recover_stalled(clock=self.world.clock, **self._ports())
        self.world.meetings.is_down = False

    @rule(succeeds=st.booleans())
    def end_an_import(self, succeeds: bool) -> None:
        for run in self._imports()[:1]:
            self._end(run, succeeds=succeeds)

    @rule(pick=st.integers(0, 9))
    def delete(self, pick: int) -> None:
        if recordings := self.world.rooms.all_of(Recording):
            id = recordings[pick % len(recordings)].id
            delete_recording(id, by=ANNA, now=self.world.clock.now(), **self._ports())
            self._listen()

    @invariant()
    def one_recording_is_live_at_most_and_the_room_names_it(self) -> None:
        live = [one.id for one in self.world.rooms.all_of(Recording) if one.state is State.CAPTURING]
        named = self.world.room().live_recording
        assert live == ([named] if named else [])

    @invariant()
    def what_is_open_is_looked_after(self) -> None:
        for one in self.world.rooms.all_of(Recording):
            if one.state in OPEN:
                assert self.world.room().sync_at is not None
            if one.state is State.PROCESSING:
                assert details_of(one).look_at is not None

    @invariant()
    def nothing_is_taken_twice_nor_after_it_was_deleted(self) -> None:
        rooms = self.world.rooms
        there = [*rooms.all_of(Recording), *(one.recording for one in rooms.all_of(DeletedRecording))]
        known = Counter(id for one in there if (id := details_of(one).provider_id))
        linked = Counter(link.recording_id for link in rooms.all_of(ProviderLink))
        imported = Counter(run.recording_id for run in self._imports())
        assert all(count == 1 for count in [*known.values(), *linked.values(), *imported.values()])

    def teardown(self) -> None:
        """When all goes well again everything that the provider has finished comes home, and the room is free."""
        for one in self.world.meetings.recordings.values():
            if one.state in LIVE_STATES:
                self.world.meetings.advance(one.id, ProviderState.UPLOADED)
        for _ in range(4):
            self.world.clock.advance(max(SYNC_EVERY, STALLED_AFTER))
            sync_all(clock=self.world.clock, **self._ports())
            recover_stalled(clock=self.world.clock, **self._ports())
            for run in self._imports():
                self._end(run, succeeds=True)
        kept = {details_of(one).provider_id for one in self.world.rooms.all_of(Recording) if one.state is State.READY}
        deleted = {details_of(one.recording).provider_id for one in self.world.rooms.all_of(DeletedRecording)}
        finished = [one for one in self.world.meetings.recordings.values() if one.state is ProviderState.UPLOADED]
        assert self.world.room().live_recording is None
        assert {one.id for one in finished} <= kept | deleted

    def _ports(self) -> dict[str, Any]:
        world = self.world
        return {"rooms": world.rooms, "meetings": world.meetings, "tasks": world.tasks, "ids": world.ids}

    def _listen(self) -> None:
        self.said += [one for one in self.world.meetings.recordings.values() if one not in self.said]

    def _imports(self) -> list[Run]:
        return [run for run in self.world.rooms.all_of(Run) if run.state is RunState.LIVE]

    def _end(self, run: Run, *, succeeds: bool) -> None:
        """End a run as its steps would."""
        now = self.world.clock.now()
        recording = self.world.recording(run.recording_id)
        assert recording.current_run == run.id
        self.world.rooms.put(replace(run, state=RunState.DONE if succeeds else RunState.FAILED, ended_at=now))
        if succeeds:
            self.world.rooms.put(lifecycle.apply(recording, Cause.RUN_DONE, now=now, origin=STEP))


TestRooms = RoomMachine.TestCase
TestRooms.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
