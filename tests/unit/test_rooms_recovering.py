"""What was processing for too long is fetched again, or has failed; and what is about to be lost is told of in time."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from shared.errors import NotFound
from shared.ports.meetings import MeetingUnavailable, ProviderRecording, ProviderState
from shared.recordings.attending import WORKS_FOR
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run, RunState, start_run
from shared.rooms.domain import (
    IMPORTED_BY,
    PROVIDER_KEEPS_FOR,
    STALLED_AFTER,
    Delivery,
    ProviderLink,
    ProviderThing,
)
from shared.rooms.files.ready_files import keep_ready
from shared.rooms.reading import details_of
from shared.rooms.recovering import NotRecoverable, Recovered, recover_recording, recover_stalled
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, RoomWorld, room, room_recording

FIRST = "rec_aaaaaaaaaaaa0001"


@pytest.fixture
def world() -> RoomWorld:
    world = RoomWorld()
    world.rooms.put(room())
    return world


def stalled(world: RoomWorld, news: ProviderState = ProviderState.UPLOADED, *, id: str = FIRST) -> Recording:
    """A recording that stopped when the tests begin, is at the provider in that state, and whose import has failed."""
    begun = world.meetings.begin(MEETING_ID)
    world.meetings.advance(begun.id, news)
    look_at = START + STALLED_AFTER
    recording = room_recording(State.PROCESSING, id=id, provider_id=begun.id, ended_at=START, look_at=look_at)
    run = replace(start_run(f"run-{id}", id, "room_import", source=None, now=START), state=RunState.FAILED)
    link = ProviderLink(
        thing=ProviderThing.RECORDING, provider_id=begun.id, room_id=ROOM_ID, recording_id=id, created_at=START
    )
    recording = replace(recording, current_run=run.id)
    world.rooms.put(recording, run, link)
    return recording


def recover(world: RoomWorld, id: str = FIRST) -> Recovered:
    return recover_recording(
        id,
        by=ANNA,
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def run_job(world: RoomWorld) -> tuple[int, int]:
    """What a run of the job looked at, and what it changed."""
    swept = recover_stalled(
        rooms=world.rooms, meetings=world.meetings, tasks=world.tasks, ids=world.ids, clock=world.clock
    )
    return swept.looked_at, swept.changed


def imports(world: RoomWorld) -> list[Run]:
    return [run for run in world.rooms.all_of(Run) if run.state is RunState.LIVE]


def fail_imports(world: RoomWorld) -> None:
    for run in imports(world):
        world.rooms.put(replace(run, state=RunState.FAILED))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_file_that_is_there_is_imported_again_and_only_once(world: RoomWorld) -> None:
    stalled(world)

    first, second = recover(world), recover(world)

    assert (first.recording.state, first.changed, second.changed) == (State.PROCESSING, True, False)
    assert first.message == second.message
    assert "being imported" in first.message
    assert len(imports(world)) == len(world.tasks.waiting) == 1


def test_a_file_that_is_not_there_yet_is_waited_for(world: RoomWorld) -> None:
    stalled(world, ProviderState.UPLOADING)

    recovered = recover(world)

    assert recovered.recording.state is State.PROCESSING
    assert "not finished" in recovered.message
    assert imports(world) == []


def test_a_recording_that_errored_has_failed(world: RoomWorld) -> None:
    stalled(world, ProviderState.ERRORED)

    recovered = recover(world)

    assert recovered.recording.state is State.FAILED
    assert "could not record" in recovered.message


def test_a_recording_that_the_provider_forgot_has_failed(world: RoomWorld) -> None:
    recording = stalled(world)
    world.meetings.forget(details_of(recording).provider_id or "")
    world.clock.advance(STALLED_AFTER)

    recovered = recover(world)

    assert recovered.recording.state is State.FAILED
    assert "does not know" in recovered.message


def test_a_recording_that_somebody_else_has_is_not_lost_with_the_provider(world: RoomWorld) -> None:
    recording = stalled(world)
    provider_id = details_of(recording).provider_id or ""
    world.meetings.forget(provider_id)
    found = ProviderRecording(id=provider_id, state=ProviderState.UPLOADED, download_url="https://files.example/1.mp4")
    keep_ready(found, rooms=world.rooms, now=START)
    world.clock.advance(STALLED_AFTER)

    recovered = recover(world)

    assert recovered.recording.state is State.PROCESSING
    assert len(imports(world)) == 1


@pytest.mark.parametrize("state", [State.CAPTURING, State.READY, State.ARCHIVED, State.FAILED])
def test_only_what_is_processing_is_recovered(world: RoomWorld, state: State) -> None:
    world.rooms.put(room_recording(state, provider_id="11111111-0000-4000-8000-000000000001"))

    with pytest.raises(NotRecoverable, match="not processing") as refused:
        recover(world)

    assert refused.value.status == 400


def test_what_the_provider_never_told_of_cannot_be_recovered(world: RoomWorld) -> None:
    world.rooms.put(room_recording(State.PROCESSING))

    with pytest.raises(NotRecoverable, match="no Cloudflare recording id"):
        recover(world)


def test_somebody_elses_recording_cannot_be_recovered(world: RoomWorld) -> None:
    stalled(world)

    with pytest.raises(NotFound):
        recover_recording(
            FIRST,
            by=BERT,
            rooms=world.rooms,
            meetings=world.meetings,
            tasks=world.tasks,
            ids=world.ids,
            now=START,
        )


def test_nothing_is_decided_while_the_provider_does_not_answer(world: RoomWorld) -> None:
    recording = stalled(world)
    world.meetings.is_down = True

    with pytest.raises(MeetingUnavailable):
        recover(world)

    assert world.recording(recording.id) == recording


def test_the_job_takes_what_was_processing_for_over_an_hour(world: RoomWorld) -> None:
    stalled(world)

    early = run_job(world)
    world.clock.advance(STALLED_AFTER)
    due, again = run_job(world), run_job(world)

    assert (early, due, again) == ((0, 0), (1, 1), (0, 0))
    assert len(imports(world)) == 1


def test_an_import_that_fails_again_and_again_is_begun_anew_until_the_copy_is_gone(world: RoomWorld) -> None:
    recording = stalled(world)
    begun = 0

    while world.recording(recording.id).state is State.PROCESSING:
        world.clock.advance(STALLED_AFTER)
        run_job(world)
        begun += len(imports(world))
        fail_imports(world)

    failed = world.recording(recording.id)
    assert failed.failure is not None
    assert failed.failure.code == "provider_expired"
    assert world.clock.now() - START == PROVIDER_KEEPS_FOR + STALLED_AFTER
    assert begun == PROVIDER_KEEPS_FOR // STALLED_AFTER


def test_what_is_not_here_by_the_fifth_day_is_an_error_in_the_log_once(
    world: RoomWorld, caplog: pytest.LogCaptureFixture
) -> None:
    recording = stalled(world, ProviderState.UPLOADING)
    world.meetings.is_down = True

    world.clock.advance(IMPORTED_BY - timedelta(minutes=1))
    run_job(world)
    before = errors(caplog)
    for _ in range(3):
        world.clock.advance(STALLED_AFTER)
        run_job(world)

    assert before == []
    assert len(errors(caplog)) == 1
    assert recording.id in errors(caplog)[0]
    assert world.recording(recording.id).state is State.PROCESSING


def test_one_that_fails_does_not_keep_the_others_waiting(world: RoomWorld) -> None:
    stalled(world)
    other = stalled(world, id="rec_aaaaaaaaaaaa0002")
    world.clock.advance(STALLED_AFTER)
    world.meetings.fail()

    assert run_job(world) == (2, 1)
    assert [run.recording_id for run in imports(world)] == [other.id]


def test_two_jobs_at_once_take_each_recording_once(world: RoomWorld) -> None:
    for number in range(3):
        stalled(world, id=f"rec_aaaaaaaaaaaa000{number}")
    world.clock.advance(STALLED_AFTER)
    others: list[tuple[int, int]] = []
    world.meetings.during_next_call(lambda: others.append(run_job(world)))

    first = run_job(world)

    assert (first, others) == ((1, 1), [(2, 2)])
    assert len(imports(world)) == 3


def test_the_job_stops_in_time_and_the_next_one_goes_on(world: RoomWorld) -> None:
    for number in range(3):
        stalled(world, id=f"rec_aaaaaaaaaaaa000{number}")
    world.clock.advance(STALLED_AFTER)
    world.meetings.during_next_call(lambda: world.clock.advance(WORKS_FOR + timedelta(seconds=1)))

    first, second = run_job(world), run_job(world)

    assert (first[0], second[0]) == (1, 2)


def test_the_job_calls_again_for_webhooks_that_were_not_delivered_in_time(world: RoomWorld) -> None:
    delivery = Delivery(
        id="dlv_aaaaaaaaaaaa0001",
        tenant_id=ANNA.tenant_id,
        recording_id=FIRST,
        event="meeting.recording_ready",
        url="https://hooks.example/",
        created_at=START,
        next_attempt_at=START,
    )
    world.rooms.put(delivery)
    world.clock.advance(timedelta(hours=1))

    assert run_job(world) == (1, 1)
    assert [call.function for call in world.tasks.calls.values()] == ["tasks_deliver_webhook"]
