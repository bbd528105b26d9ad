"""Every pipeline is a graph that can be walked to its end, over steps and queues that exist."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from shared.recordings.pipelines import PIPELINES, QUEUES, Pipeline
from shared.recordings.runs import RunState, StepRecord, StepState, start_run, with_step
from shared.recordings.uploads import PIPELINE_OF_UPLOAD
from tests.unit.fakes import START

STEPS_FOLDER = Path(__file__).resolve().parents[2] / "functions" / "steps"

all_pipelines = pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=list(PIPELINES))


@all_pipelines
def test_a_stage_waits_for_stages_of_its_own_pipeline_only(pipeline: Pipeline) -> None:
    names = [stage.step.name for stage in pipeline.stages]

    assert len(names) == len(set(names))
    for stage in pipeline.stages:
        assert {earlier.name for earlier in stage.after} <= set(names)


@all_pipelines
def test_no_stage_waits_for_itself(pipeline: Pipeline) -> None:
    graph = {stage.step.name: {earlier.name for earlier in stage.after} for stage in pipeline.stages}

    order = list(TopologicalSorter(graph).static_order())

    assert set(order) == set(graph)


@all_pipelines
def test_every_step_runs_on_a_queue_that_exists_and_may_be_tried(pipeline: Pipeline) -> None:
    queues = {queue.name for queue in QUEUES}

    assert {stage.step.queue for stage in pipeline.stages} <= queues
    assert all(stage.step.max_attempts >= 1 for stage in pipeline.stages)


@all_pipelines
def test_a_run_reaches_its_end_when_every_step_does(pipeline: Pipeline) -> None:
    run = start_run("run1", "r1", pipeline.name, source=None, now=START)
    done = StepRecord(state=StepState.DONE)

    for _ in pipeline.stages:
        step = run.tasks()[0].step
        run = with_step(run, step, done, now=START)

    assert run.state is RunState.DONE


def test_steps_of_the_same_name_are_the_same_in_every_pipeline() -> None:
    steps = {stage.step for pipeline in PIPELINES.values() for stage in pipeline.stages}

    assert len({step.name for step in steps}) == len(steps)


def test_every_step_has_a_function_file_and_every_such_file_a_step() -> None:
    steps = {stage.step.name for pipeline in PIPELINES.values() for stage in pipeline.stages}

    files = {file.stem for file in STEPS_FOLDER.glob("*.py")} - {"__init__"}

    assert files == steps


def test_every_family_that_takes_uploads_starts_a_pipeline_that_exists() -> None:
    assert set(PIPELINE_OF_UPLOAD.values()) <= set(PIPELINES)
