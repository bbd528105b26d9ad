"""The protocol of runs and steps, against whatever order of deliveries, deaths and faults Hypothesis thinks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.errors import Upstream
from shared.recordings.deleting import delete_recording
from shared.recordings.lifecycle import Cause
from shared.recordings.outcomes import Done, FanOut, Outcome, Skipped
from shared.recordings.pipelines import PIPELINES
from shared.recordings.recording import State
from shared.recordings.runs import ENDED, RunState, Shard, StepRecord, StepState, StepTask
from shared.recordings.work import Work
from tests.unit.examples import ANNA, World
from tests.unit.workers import LEASE, RUN_ID, Workers

Part = tuple[str, int | None]
Ending = Literal["commits", "fails", "stumbles", "dies"]
Accident = Literal["none", "dies before it enqueues", "its answer is lost", "contention"]
Interruption = Literal["a delivery", "a commit", "a failure", "a sweep"]

#: More rounds of the sweep than the attempts of all steps of a pipeline need.
ROUNDS = 60
A_WHILE = timedelta(minutes=11)
PICK = st.integers(0, 30)
INTERRUPTIONS = st.sampled_from([None, None, "a delivery", "a commit", "a failure", "a sweep"])


class RunProtocol(RuleBasedStateMachine):
    """One run. `working` are the attempts that are under way; the rest is what must hold at every moment."""

    @initialize(
        pipeline=st.sampled_from(sorted(PIPELINES)),
        ending=st.sampled_from(["commits", "fails", "stumbles", "dies"]),
        enqueues=st.booleans(),
        may_be_deleted=st.booleans(),
    )
    def start(self, pipeline: str, ending: Ending, enqueues: bool, may_be_deleted: bool) -> None:
        self.workers = Workers(World())
        self.recordings = self.workers.recordings
        self.working: list[Work] = []
        self.ever: dict[str, StepTask] = {}
        self.last_claim: dict[Part, int] = {}
        self.effects: defaultdict[Part, list[int]] = defaultdict(list)
        self.final: dict[Part, StepRecord] = {}
        self.buried: dict[Part, StepRecord] | None = None
        self.ending, self.may_be_deleted = ending, may_be_deleted
        self.workers.start(pipeline, enqueues=enqueues)

    @precondition(lambda self: self.workers.tasks.waiting)
    @rule(pick=PICK, interruption=INTERRUPTIONS)
    def deliver_a_task(self, pick: int, interruption: Interruption | None) -> None:
        with self._interrupted(interruption, pick):
            waiting = list(self.workers.tasks.waiting.values())
            self._deliver(waiting[pick % len(waiting)])

    @precondition(lambda self: self.ever)
    @rule(pick=PICK)
    def deliver_any_task_again(self, pick: int) -> None:
        self._deliver(list(self.ever.values())[pick % len(self.ever)])

    @precondition(lambda self: self.working)
    @rule(
        pick=PICK,
        kind=st.sampled_from(["done", "done", "skipped", "fan out"]),
        accident=st.sampled_from(["none", "none", "dies before it enqueues", "its answer is lost", "contention"]),
        interruption=INTERRUPTIONS,
    )
    def commit(self, pick: int, kind: str, accident: Accident, interruption: Interruption | None) -> None:
        work = self._pop(pick)
        with self._interrupted(interruption, pick, accident):
            self._commit(work, _outcome(work, kind), dies=accident == "dies before it enqueues")

    @precondition(lambda self: self.working)
    @rule(pick=PICK, accident=st.sampled_from(["none", "its answer is lost"]), first_fails=st.booleans())
    def fan_out_and_end_every_shard(self, pick: int, accident: Accident, first_fails: bool) -> None:
        work = self._pop(pick)
        with self._interrupted(None, pick, accident):
            self._commit(work, _outcome(work, "fan out"))
        tasks = [task for task in self.workers.tasks.waiting.values() if task.shard is not None]
        taken = [shard for task in tasks if (shard := self._deliver(task))]
        for position, shard in enumerate(taken):
            self.working.remove(shard)
            if first_fails and position == 0:
                self.workers.fail(shard)
            else:
                self._commit(shard, Done())

    @precondition(lambda self: self.working)
    @rule(pick=PICK, how=st.sampled_from(["fails", "stumbles", "stumbles", "dies", "dies"]))
    def end_badly(self, pick: int, how: Ending) -> None:
        self._end(self._pop(pick), how)

    @precondition(lambda self: self.working)
    @rule(pick=PICK, times=st.integers(1, 5))
    def fall_silent_until_others_have_taken_over(self, pick: int, times: int) -> None:
        silent = self.working[pick % len(self.working)]
        for _ in range(times):
            self.workers.clock.advance(LEASE + timedelta(seconds=1))
            self._deliver(silent.task)

    @precondition(lambda self: self.working)
    @rule(pick=PICK)
    def renew(self, pick: int) -> None:
        work = self.working[pick % len(self.working)]
        if self.workers.renew(work):
            assert work.fence == self.last_claim[_part(work.task)]

    @rule(by_s=st.sampled_from([1, 20, 61, 660, 7200]), sweeps=st.booleans(), interruption=INTERRUPTIONS, pick=PICK)
    def wait(self, by_s: int, sweeps: bool, interruption: Interruption | None, pick: int) -> None:
        self.workers.clock.advance(timedelta(seconds=by_s))
        if sweeps:
            with self._interrupted(interruption, pick):
                self.workers.sweep()

    @precondition(lambda self: self.workers.tasks.waiting)
    @rule(pick=PICK, even_its_name=st.booleans())
    def lose_a_task(self, pick: int, even_its_name: bool) -> None:
        waiting = list(self.workers.tasks.waiting.values())
        self.workers.tasks.lose(waiting[pick % len(waiting)], even_its_name=even_its_name)

    @precondition(lambda self: self.may_be_deleted and self.buried is None)
    @rule()
    def delete(self) -> None:
        world, recording = self.workers.world, self.workers.recording
        assert recording is not None
        delete_recording(
            "r1",
            family=recording.family,
            by=ANNA,
            recordings=world.recordings,
            media=world.media,
            now=world.clock.now(),
        )
        self.buried = self._records()

    @invariant()
    def an_effect_is_committed_at_most_once_and_by_the_last_claim(self) -> None:
        records = self._records()
        for part, fences in self.effects.items():
            assert len(fences) == 1, f"{part} took effect {len(fences)} times"
            assert fences[0] == records[part].fence

    @invariant()
    def what_has_ended_never_changes(self) -> None:
        for part, record in self._records().items():
            if record.state in ENDED:
                assert self.final.setdefault(part, record) == record

    @invariant()
    def attempts_are_bounded(self) -> None:
        for (step, _), record in self._records().items():
            assert record.attempts <= self.workers.run.plan.stage(step).step.max_attempts

    @invariant()
    def a_step_starts_when_everything_before_it_has_ended(self) -> None:
        run = self.workers.run
        for stage in run.plan.stages:
            if run.steps[stage.step.name].state is not StepState.WAITING:
                assert all(run.steps[earlier.name].state in ENDED for earlier in stage.after)

    @invariant()
    def the_recording_says_what_its_run_says(self) -> None:
        run, recording = self.workers.run, self.workers.recording
        if recording is None:
            assert run.state is RunState.CANCELLED
            return
        archives = run.plan.done is Cause.ARCHIVED
        before, after = (State.READY, State.ARCHIVED) if archives else (State.PROCESSING, State.READY)
        assert recording.state is {
            RunState.LIVE: before,
            RunState.DONE: after,
            RunState.PARTIAL: after,
            RunState.FAILED: State.FAILED if run.plan.failure_is_final else before,
        }.get(run.state)
        assert recording.failure == (run.failure if run.plan.failure_is_final else None)
        assert (recording.failure is not None) == (recording.state is State.FAILED)

    @invariant()
    def a_run_ends_as_its_steps_did(self) -> None:
        run = self.workers.run
        failed = [stage for stage in run.plan.stages if run.steps[stage.step.name].state is StepState.FAILED]
        if run.state is RunState.FAILED:
            broken = [run.steps[stage.step.name].error for stage in failed if not stage.optional]
            assert run.failure in broken
        elif run.state is RunState.PARTIAL:
            assert failed
        elif run.state is RunState.DONE:
            assert not failed
        if run.state is not RunState.CANCELLED:
            assert (run.state is RunState.FAILED) == any(not stage.optional for stage in failed)

    @invariant()
    def a_live_run_is_always_looked_after(self) -> None:
        run = self.workers.run
        if run.state is RunState.LIVE:
            assert run.attention_at is not None
        else:
            assert run.attention_at is None
            assert run.tasks() == ()

    @invariant()
    def nothing_is_committed_after_a_delete(self) -> None:
        if self.buried is not None:
            assert self._records() == self.buried
            assert self.workers.recording is None

    def teardown(self) -> None:
        """Once the faults are over, the run ends, and nobody is asked to look at it any more."""
        for _ in range(ROUNDS):
            if self.workers.run.state is not RunState.LIVE:
                break
            self._one_round()
        assert self.workers.run.state is not RunState.LIVE, "the run is stuck"
        self._one_round()
        much_later = self.workers.clock.now() + timedelta(days=1)
        assert self.recordings.stalled_runs(much_later, limit=9) == []
        assert self.recordings.stalled_shards(much_later, limit=9) == []

    def _one_round(self) -> None:
        self.workers.clock.advance(A_WHILE)
        self.workers.sweep()
        for task in list(self.workers.tasks.waiting.values()):
            if work := self.workers.deliver(task):
                self._end(work, self.ending)

    def _end(self, work: Work, how: Ending) -> None:
        if how == "commits":
            self.workers.finish(work)
        elif how == "fails":
            self.workers.fail(work)
        elif how == "stumbles":
            self.workers.release(work)

    def _deliver(self, task: StepTask) -> Work | None:
        self.ever[task.name] = task
        work = self.workers.deliver(task)
        if work is not None:
            assert work.fence > self.last_claim.get(_part(task), 0)
            self.last_claim[_part(task)] = work.fence
            self.working.append(work)
        return work

    def _commit(self, work: Work, outcome: Outcome, *, dies: bool = False) -> None:
        is_too_late = self.workers.run.steps[work.task.step].state in ENDED
        if self.workers.finish(work, outcome, dies_before_enqueue=dies):
            assert not is_too_late
            assert work.fence == self.last_claim[_part(work.task)]
            self.effects[_part(work.task)].append(work.fence)

    @contextmanager
    def _interrupted(self, kind: Interruption | None, pick: int, accident: Accident = "none") -> Iterator[None]:
        """Let something else happen between the reads and the commit of what is done now."""
        if kind is not None:
            self.recordings.interrupt(lambda: self._do(kind, pick))
        if accident == "its answer is lost":
            self.recordings.lose_answer()
        elif accident == "contention":
            self.recordings.conflict(times=3)
        yield
        self.recordings.calm_down()

    def _do(self, kind: Interruption, pick: int) -> None:
        waiting = list(self.workers.tasks.waiting.values())
        if kind == "a delivery" and waiting:
            self._deliver(waiting[pick % len(waiting)])
        elif kind == "a commit" and self.working:
            self._commit(self._pop(pick), Done())
        elif kind == "a failure" and self.working:
            self.workers.fail(self._pop(pick))
        elif kind == "a sweep":
            with suppress(Upstream):  # a job that dies; the next one goes on
                self.workers.sweep()

    def _pop(self, pick: int) -> Work:
        return self.working.pop(pick % len(self.working))

    def _records(self) -> dict[Part, StepRecord]:
        records: dict[Part, StepRecord] = {(step, None): record for step, record in self.workers.run.steps.items()}
        for shard in self.recordings.all_of(Shard):
            if shard.run_id == RUN_ID:
                records[shard.step, shard.number] = shard.record
        return records


def _part(task: StepTask) -> Part:
    return task.step, task.shard


def _outcome(work: Work, kind: str) -> Outcome:
    if kind == "skipped":
        return Skipped(detail="there was nothing to do")
    if work.task.shard is not None:
        return Done(result={"fence": work.fence})
    if kind == "fan out":
        return FanOut(shards=[{"number": number} for number in range(2)])
    return Done(result={"fence": work.fence}, details={work.task.step: work.fence})


TestRunProtocol = RunProtocol.TestCase
TestRunProtocol.settings = settings(max_examples=5 * settings().max_examples)
