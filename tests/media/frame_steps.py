"""The steps from a video to the lines on its frames, run by hand: what the edge and the queues do, without both."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from shared.edge.declarations import declaration_of
from shared.edge.lease import Attempt
from shared.evidence.screens import Screen, Screens
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import FoundStates, KeptFrame, unpack
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done, FanOut, Outcome, Skipped
from shared.recordings.recording import Family, StoredObject
from shared.recordings.runs import Run, Shard, StepRecord, StepState, StepTask
from shared.recordings.work import Work
from tests.unit import examples
from tests.unit.examples import World
from tests.unit.fakes import START

#: As in life no two runs have one id: what a process keeps of a run is not found by the next.
_NUMBERS = itertools.count(1)


class FrameSteps:
    """One recording on its way through its steps, each in the test's own thread."""

    def __init__(self, *, family: Family = Family.FEEDBACK) -> None:
        self.world = World()
        self._run_id = f"run{next(_NUMBERS)}"
        self._recording = examples.recording(family=family, current_run=self._run_id)
        self._steps: dict[str, StepRecord] = {}

    def pin(self, video: bytes) -> None:
        """Let the upload be there."""
        self.end("pin_upload", Done(result={"video": to_plain(self.save("pin_upload", "upload", video))}))

    def save(self, step: str, file: str, content: bytes) -> StoredObject:
        """Store what a step would have."""
        name = OutputName(self._recording.family, self._recording.id, self._run_id, step, 1, file)
        return self.world.media.save(name.render(), content, content_type="application/octet-stream")

    def end(self, step: str, outcome: Done | Skipped) -> None:
        """Let a step have ended so."""
        if isinstance(outcome, Skipped):
            self._steps[step] = StepRecord(state=StepState.SKIPPED, detail=outcome.detail)
        else:
            self._steps[step] = StepRecord(state=StepState.DONE, detail=outcome.detail, result=outcome.result)

    def do(self, function: FunctionType) -> Outcome:
        """Do a step with all of its shards; what is returned is what the step itself said."""
        step = _name_of(function)
        outcome = _handle(function, self.attempt(step), self.world)
        if isinstance(outcome, FanOut):
            for number, share in enumerate(outcome.shards):
                self._do_shard(function, number, share)
            self.end(step, Done(result={"shards": len(outcome.shards)}))
        else:
            self.end(step, outcome)
        return outcome

    def do_all(self, *functions: FunctionType) -> None:
        for function in functions:
            self.do(function)

    def attempt(self, step: str, number: int | None = None, share: Mapping[str, Any] | None = None) -> Attempt:
        """The first attempt of a step or a shard, which sees what has ended as it was stored."""
        run = Run(id=self._run_id, recording_id=self._recording.id, pipeline="any", created_at=START, steps=self._steps)
        self.world.recordings.put(run)
        stored = self.world.recordings.find_run(self._run_id)
        assert stored is not None
        task = StepTask(run_id=self._run_id, step=step, epoch=1, shard=number)
        return Attempt(Work(task, self._recording, stored, fence=1, attempt=1, shard_input=share), deadline_s=600)

    def record_of(self, step: str) -> StepRecord:
        """How a step has ended."""
        return self._steps[step]

    def shards_of(self, step: str) -> list[Shard]:
        return self.world.recordings.shards(self._run_id, step)

    def states(self) -> list[FoundStates]:
        """What was found in each part of the video."""
        return [unpack(self._content(shard, "states"), FoundStates) for shard in self.shards_of("extract_frames")]

    def frames(self) -> list[KeptFrame]:
        """The frames that were kept."""
        return [from_plain(frame, KeptFrame) for frame in self._steps["select_frames"].result["frames"]]

    def screens(self) -> list[Screen]:
        """What was read, of all shards in their order."""
        parts = [unpack(self._content(shard, "screens"), Screens) for shard in self.shards_of("read_screens")]
        return [screen for part in parts for screen in part.screens]

    def _do_shard(self, function: FunctionType, number: int, share: Mapping[str, Any]) -> None:
        step = _name_of(function)
        outcome = _handle(function, self.attempt(step, number, share), self.world)
        assert isinstance(outcome, Done)
        record = StepRecord(state=StepState.DONE, detail=outcome.detail, result=outcome.result)
        self.world.recordings.put(Shard(run_id=self._run_id, step=step, number=number, input=share, record=record))

    def _content(self, shard: Shard, of: str) -> bytes:
        return self.world.media.open(from_plain(shard.record.result[of], StoredObject)).read()


def _name_of(function: FunctionType) -> str:
    return declaration_of(function).name.removeprefix("steps_")


def _handle(function: FunctionType, work: Attempt, world: World) -> Outcome:
    declared = declaration_of(function)
    outcome: Outcome = declared.handler(work=work, **{port: getattr(world, port) for port in declared.ports})
    return outcome
