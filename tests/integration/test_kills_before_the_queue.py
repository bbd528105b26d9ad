"""Whoever dies between what Firestore has taken and what the queue should be told: the next request makes it good.

No sweep helps in these tests: it would come ten minutes later.
"""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests

from shared.local.faults.arming import armed
from tests.integration.held_triggers import held_triggers
from tests.integration.patient_client import PatientClient
from tests.integration.platform import Capture, RunningPlatform, minimal
from tests.integration.refusals import refusal
from tests.integration.stored import count_runs, recording_of
from tests.integration.unusual_videos import recorder_webm

ENQUEUE = {"part": "tasks", "at": "call", "match": {"method": "CreateTask"}}
QUEUE_IS_AWAY = {**ENQUEUE, "do": "fail", "code": "UNAVAILABLE"}
QUEUE_DIES = {**ENQUEUE, "do": "crash"}
API_DIES = {"part": "functions", "at": "answer", "match": {"function": "capture_create_recording"}, "do": "crash"}


def no_reservation(key: str) -> None:
    raise AssertionError(f"the recording of {key} was made: no reservation can be left")


@pytest.mark.parametrize(
    "fault",
    [pytest.param(QUEUE_IS_AWAY, id="refused"), pytest.param(QUEUE_DIES, id="queue"), pytest.param(API_DIES, id="api")],
)
def test_a_create_that_died_after_its_commit_is_made_good_by_the_same_request(
    platform: RunningPlatform, fresh: Capture, fault: dict[str, object]
) -> None:
    client = PatientClient(fresh, no_reservation)

    with armed(platform.data, [fault]):
        made = client.create(f"died-{uuid4().hex[:8]}")

    assert fresh.wait_for(made.id)["status"] == "ready"
    assert [one["id"] for one in client.get("").json()["recordings"]] == [made.id]
    assert count_runs(made.id) == 1


def test_a_confirmation_that_died_after_its_commit_is_made_good_by_the_trigger(
    platform: RunningPlatform, capture: Capture
) -> None:
    created = capture.create({"has_video": True})

    with held_triggers(platform, QUEUE_IS_AWAY):
        capture.upload(created, recorder_webm())
        refusal(capture.confirm(created["id"]), 502, "upstream_failed")
        assert capture.recording(created["id"])["status"] == "processing"

    assert capture.wait_for(created["id"])["status"] == "ready"
    assert count_runs(created["id"]) == 1


def test_a_trigger_that_died_after_its_commit_is_made_good_by_the_next_delivery(
    platform: RunningPlatform, capture: Capture
) -> None:
    created = capture.create({"has_video": True})

    with armed(platform.data, [QUEUE_IS_AWAY]):
        capture.upload(created, recorder_webm())

    assert capture.wait_for(created["id"])["status"] == "ready"
    assert recording_of(created["id"]).history[1].actor == "trigger:video_finalized"
    assert count_runs(created["id"]) == 1


@pytest.mark.parametrize("fault", [QUEUE_IS_AWAY, QUEUE_DIES], ids=["refused", "queue"])
def test_a_step_that_died_after_its_commit_is_made_good_by_the_next_delivery(
    platform: RunningPlatform, capture: Capture, fault: dict[str, object]
) -> None:
    with armed(platform.data, [{**fault, "skip": 1}]):
        answer: requests.Response = capture.call("POST", "/api/v1/recordings", json=minimal())
        assert answer.status_code == 201

    assert capture.wait_for(answer.json()["id"])["status"] == "ready"
