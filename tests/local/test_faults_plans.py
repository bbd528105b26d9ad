"""What a plan may say, and an account that survives those who keep it."""

import dataclasses
import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from shared.local.faults.accounting import outstanding, read_armed
from shared.local.faults.arming import FaultFields, FaultsOutstanding, arm, armed, faults_folder
from shared.local.faults.faults import Faults
from shared.local.faults.plan import PlanError
from shared.local.supervisor.platform import Platform
from tests.local.fixture_platform import fixture_config

DROP: FaultFields = {"part": "tasks", "at": "deliver", "do": "drop"}
STEP = {"function": "step", "queue": "media", "task": "1"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"part": "tusks"}, r"Invalid enum value 'tusks' - at `\$.faults\[1\].part`"),
        ({"at": "lunch"}, "Invalid enum value 'lunch'"),
        ({"do": "explode"}, "Invalid enum value 'explode'"),
        ({"tiems": 2}, r"unknown field `tiems` - at `\$.faults\[1\]`"),
        ({"times": 0}, r"`int` >= 1 - at `\$.faults\[1\].times`"),
        ({"skip": -1}, "`int` >= 0"),
        ({"part": "scheduler", "at": "call"}, "scheduler has no faults at 'call', only at deliver"),
        ({"do": "cut", "after_bytes": 1}, "tasks at 'deliver' cannot 'cut', only crash, delay, drop, duplicate, fail"),
        ({"match": {"method": "GET"}}, "tasks at 'deliver' does not know the match method, only function, queue, task"),
        ({"do": "delay"}, "'delay' of tasks at 'deliver' takes delay_s, not nothing"),
        ({"delay_s": 1}, "'drop' of tasks at 'deliver' takes nothing, not delay_s"),
        ({"do": "fail", "code": "ABORTED"}, "'fail' of tasks at 'deliver' takes status, not code"),
        ({"do": "fail", "status": 200}, "`int` >= 400"),
        ({"at": "call", "do": "fail", "code": "TEAPOT"}, "Invalid enum value 'TEAPOT'"),
    ],
)
def test_a_plan_that_no_part_can_carry_out_is_refused(tmp_path: Path, change: FaultFields, reason: str) -> None:
    with pytest.raises(PlanError, match=reason):
        arm(tmp_path, [DROP, {**DROP, **change}])

    assert list(tmp_path.iterdir()) == []


def test_a_platform_with_such_a_plan_does_not_start(tmp_path: Path) -> None:
    config = dataclasses.replace(fixture_config(tmp_path), faults=[{"part": "moon"}])

    with pytest.raises(PlanError, match="'moon'"):
        Platform(config).start()

    assert list((tmp_path / "data" / "logs").glob("*")) == []


def test_a_fault_happens_to_its_matches_after_those_it_skips(tmp_path: Path) -> None:
    arm(tmp_path, [{**DROP, "match": {"function": "st*"}, "skip": 1, "times": 2}])
    faults = Faults("tasks", tmp_path)

    met = [
        faults.meet("deliver", {**STEP, "function": function}) is not None
        for function in ("step", "other", "step", "other", "stop", "step")
    ]

    assert met == [False, False, True, False, True, False]


def test_a_path_matches_from_its_beginning(tmp_path: Path) -> None:
    arm(tmp_path, [{"part": "s3", "at": "call", "do": "fail", "status": 503, "match": {"path": "/archive/a*"}}])
    faults = Faults("s3", tmp_path)

    assert faults.meet("call", {"method": "GET", "path": "/other/archive/a"}) is None
    assert faults.meet("call", {"method": "GET", "path": "/archive/abc/d"}) is not None


def test_the_first_fault_that_takes_a_match_has_it(tmp_path: Path) -> None:
    arm(tmp_path, [{**DROP, "skip": 1}, {**DROP, "do": "fail", "status": 503, "times": 2}])
    faults = Faults("tasks", tmp_path)

    met = [faults.meet("deliver", STEP) for _ in range(4)]

    assert [each.fault.do if each else None for each in met] == ["fail", "drop", "fail", None]


def test_faults_of_other_parts_are_left_alone(tmp_path: Path) -> None:
    arm(tmp_path, [DROP])

    assert Faults("storage", tmp_path).meet("deliver", {"function": "f", "bucket": "b", "object": "o"}) is None
    assert len(outstanding(tmp_path)) == 1


def test_a_new_plan_is_heeded_at_once_and_counts_anew(tmp_path: Path) -> None:
    arm(tmp_path, [DROP])
    faults = Faults("tasks", tmp_path)
    faults.meet("deliver", STEP)

    arm(tmp_path, [DROP])

    assert len(outstanding(tmp_path)) == 1
    assert faults.meet("deliver", STEP) is not None
    assert outstanding(tmp_path) == []


def test_a_plan_that_was_spoilt_by_hand_is_no_plan(tmp_path: Path) -> None:
    arm(tmp_path, [DROP])
    (tmp_path / "plan.json").write_text('{"faults": [{}]}')

    assert Faults("tasks", tmp_path).meet("deliver", STEP) is None
    with pytest.raises(PlanError, match="missing required field"):
        outstanding(tmp_path)


def test_what_came_to_nothing_is_taken_again(tmp_path: Path) -> None:
    arm(tmp_path, [DROP])
    faults = Faults("tasks", tmp_path)

    taken = faults.meet("deliver", STEP)
    assert taken is not None
    taken.give_back()

    assert len(outstanding(tmp_path)) == 1
    assert faults.meet("deliver", STEP) is not None


def crash(folder: Path) -> None:
    os.setsid()
    Faults("tasks", folder).meet("deliver", STEP)


def test_a_crash_is_in_the_account_and_does_not_happen_again(tmp_path: Path) -> None:
    arm(tmp_path, [{**DROP, "do": "crash", "times": 2}])
    statuses = []

    for _ in range(3):
        process = multiprocessing.get_context("spawn").Process(target=crash, args=(tmp_path,))
        process.start()
        process.join(20)
        statuses.append(process.exitcode)

    assert statuses == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert outstanding(tmp_path) == []


def take_all(folder: Path) -> None:
    (fault,) = read_armed(folder)
    for _ in range(60):
        fault.take(STEP)


def test_processes_that_share_an_account_take_no_more_than_there_is(tmp_path: Path) -> None:
    arm(tmp_path, [{**DROP, "times": 100}])
    processes = [multiprocessing.get_context("spawn").Process(target=take_all, args=(tmp_path,)) for _ in range(2)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(20)

    lines = [json.loads(line) for line in (tmp_path / "tasks.jsonl").read_text().splitlines()]
    assert len(lines) == 100
    assert lines[0]["what"] == STEP


def test_faults_that_did_not_happen_fail_the_block_by_name(tmp_path: Path) -> None:
    plan = [{**DROP, "times": 2}, {**DROP, "match": {"function": "other"}}]

    with (
        pytest.raises(FaultsOutstanding) as failed,
        armed(tmp_path, plan, within_s=0),
    ):
        Faults("tasks", faults_folder(tmp_path)).meet("deliver", STEP)

    first, second = str(failed.value).splitlines()
    assert first.startswith('fault 0 happened 1 of 2 times: {"part":"tasks","at":"deliver","do":"drop"')
    assert second.startswith("fault 1 happened 0 of 1 times: ")


def test_no_fault_outlives_its_block(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), armed(tmp_path, [DROP]):
        1 / 0  # noqa: B018 - what fails in the block is what is reported

    assert Faults("tasks", faults_folder(tmp_path)).meet("deliver", STEP) is None
