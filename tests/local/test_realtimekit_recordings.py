"""Meetings and recordings, as Cloudflare's own client meets them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cloudflare
import pytest
import requests

from shared.local.realtimekit.config import ACCOUNT_ID, APP_ID
from tests.local.part_process import wait_until
from tests.local.realtimekit_part import APP, RealtimeKitPart

pytest_plugins = ["tests.local.realtimekit_fixtures"]


def list_recordings(kit: RealtimeKitPart, **query: object) -> Any:
    return kit.client().recordings.get_recordings(APP_ID, account_id=ACCOUNT_ID, **query)


def test_a_meeting_is_made_found_and_changed(kit: RealtimeKitPart) -> None:
    meetings = kit.client().meetings
    made = meetings.create(APP_ID, account_id=ACCOUNT_ID, title="biology", record_on_start=True).data

    meetings.update_meeting_by_id(made.id, **APP, status="INACTIVE", title="chemistry")

    found = meetings.get_meeting_by_id(made.id, **APP).data
    assert (found.id, found.title, found.status, found.record_on_start) == (made.id, "chemistry", "INACTIVE", True)


def test_a_recording_goes_through_its_statuses_and_ends_with_a_file(kit: RealtimeKitPart, meeting: str) -> None:
    started = kit.start_recording(meeting, max_seconds=600, file_name_prefix="rec_1")
    assert (started.status, started.start_reason.reason) == ("INVOKED", "API_CALL")
    assert started.output_file_name.startswith(f"rec_1_{meeting}_")
    kit.wait_for_status(started.id, "RECORDING")
    assert kit.act(started.id, "pause").status == "PAUSED"
    assert kit.act(started.id, "resume").status == "RECORDING"

    stopped = kit.act(started.id, "stop")

    assert stopped.status == "UPLOADING"
    assert stopped.download_url is None
    uploaded = kit.wait_for_status(started.id, "UPLOADED")
    assert uploaded.invoked_time <= uploaded.started_time <= uploaded.stopped_time
    assert uploaded.stop_reason.reason == "API_CALL"
    assert uploaded.download_url_expiry > datetime.now(UTC)
    assert len(requests.get(uploaded.download_url, timeout=5).content) == uploaded.file_size


def test_the_answer_says_what_is_documented_and_not_of_which_meeting_a_recording_is(
    kit: RealtimeKitPart, meeting: str
) -> None:
    recording_id = kit.start_recording(meeting).id

    raw = kit.client().recordings.with_raw_response.get_one_recording(recording_id, **APP).json()

    assert raw["success"] is True
    assert set(raw["data"]) == {
        "id", "session_id", "status", "output_file_name", "file_size", "invoked_time", "started_time", "stopped_time",
        "download_url", "download_url_expiry", "audio_download_url", "recording_duration", "start_reason",
        "stop_reason", "storage_config",
    }  # fmt: skip


def test_a_meeting_has_one_recording_at_a_time_unless_more_are_asked_for(kit: RealtimeKitPart, meeting: str) -> None:
    first = kit.start_recording(meeting)

    with pytest.raises(cloudflare.ConflictError):
        kit.start_recording(meeting)
    second = kit.start_recording(meeting, allow_multiple_recordings=True)

    assert first.id != second.id
    assert kit.client().recordings.get_active_recordings(meeting, **APP).data.id == second.id


def test_a_recording_that_was_stopped_cannot_be_stopped_again(kit: RealtimeKitPart, meeting: str) -> None:
    recording_id = kit.start_recording(meeting).id
    kit.act(recording_id, "stop")

    with pytest.raises(cloudflare.ConflictError):
        kit.act(recording_id, "stop")
    with pytest.raises(cloudflare.NotFoundError):
        kit.client().recordings.get_active_recordings(meeting, **APP)


def test_a_paused_recording_cannot_be_paused_again(kit: RealtimeKitPart, meeting: str) -> None:
    recording_id = kit.start_recording(meeting).id
    kit.wait_for_status(recording_id, "RECORDING")
    kit.act(recording_id, "pause")

    with pytest.raises(cloudflare.BadRequestError):
        kit.act(recording_id, "pause")


@pytest.mark.parametrize("max_seconds", [59, 86_401])
def test_a_recording_lasts_between_a_minute_and_a_day(kit: RealtimeKitPart, meeting: str, max_seconds: int) -> None:
    with pytest.raises(cloudflare.BadRequestError):
        kit.start_recording(meeting, max_seconds=max_seconds)


def test_a_meeting_that_is_not_active_is_not_recorded(kit: RealtimeKitPart, meeting: str) -> None:
    kit.client().meetings.update_meeting_by_id(meeting, **APP, status="INACTIVE")

    with pytest.raises(cloudflare.BadRequestError):
        kit.start_recording(meeting)


def test_what_does_not_exist_is_not_found(kit: RealtimeKitPart) -> None:
    nobody = str(uuid.uuid4())

    requests_of_nothing: tuple[Callable[[], object], ...] = (
        lambda: kit.start_recording(nobody),
        lambda: kit.act(nobody, "stop"),
        lambda: kit.recording(nobody),
        lambda: kit.client().recordings.get_active_recordings(nobody, **APP),
        lambda: kit.client().meetings.get_meeting_by_id(nobody, **APP),
        lambda: kit.client().recordings.get_one_recording(nobody, account_id=ACCOUNT_ID, app_id="f" * 32),
    )
    for ask in requests_of_nothing:
        with pytest.raises(cloudflare.NotFoundError):
            ask()


def test_only_the_token_of_the_app_opens_it(kit: RealtimeKitPart) -> None:
    with pytest.raises(cloudflare.AuthenticationError):
        kit.client(token="somebody else's").meetings.create(APP_ID, account_id=ACCOUNT_ID, title="mine")


def test_the_pages_of_a_list_are_the_whole_list(kit: RealtimeKitPart, meeting: str) -> None:
    made = [kit.finished_recording(meeting).id for _ in range(5)]
    query = {"meeting_id": meeting, "sort_by": "invokedTime", "sort_order": "ASC", "per_page": 2}

    pages = [list_recordings(kit, **query, page_no=number) for number in (1, 2, 3, 4)]

    assert [each.id for page in pages for each in page.data] == made
    assert [(page.paging.start_offset, page.paging.end_offset) for page in pages] == [(1, 2), (3, 4), (5, 5), (0, 6)]
    assert {page.paging.total_count for page in pages} == {5}


def test_a_list_is_newest_first_and_can_be_narrowed(kit: RealtimeKitPart, meeting: str) -> None:
    finished = kit.finished_recording(meeting)
    old = kit.finished_recording(meeting)
    kit.ask("POST", f"/recordings/{old.id}/age", {"by_s": 8 * 24 * 3600})
    live = kit.start_recording(meeting)

    def ids(**query: object) -> list[str]:
        return [each.id for each in list_recordings(kit, meeting_id=meeting, **query).data]

    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert ids() == [live.id, finished.id, old.id]
    assert ids(status=["UPLOADED"]) == [finished.id, old.id]
    assert ids(start_time=yesterday) == [live.id, finished.id]
    assert ids(end_time=yesterday) == [old.id]
    assert ids(expired=True) == [old.id]


def test_a_meeting_that_records_by_itself_begins_when_somebody_comes(kit: RealtimeKitPart) -> None:
    meeting = kit.new_meeting(title="class", record_on_start=True)

    kit.ask("POST", f"/meetings/{meeting}/join")
    kit.ask("POST", f"/meetings/{meeting}/join")

    (recording,) = kit.ask("GET", f"/meetings/{meeting}/recordings")
    assert recording["start_reason"] == {"reason": "RECORD_ON_START"}


def test_a_recording_ends_a_minute_after_the_last_one_left(kit: RealtimeKitPart, meeting: str) -> None:
    kit.ask("POST", f"/meetings/{meeting}/join")
    recording_id = kit.start_recording(meeting).id
    kit.wait_for_status(recording_id, "RECORDING")
    kit.ask("POST", f"/recordings/{recording_id}/age", {"by_s": 100})

    kit.ask("POST", f"/meetings/{meeting}/leave", {"for_s": 59})
    assert kit.recording(recording_id).status == "RECORDING"
    kit.ask("POST", f"/meetings/{meeting}/leave", {"for_s": 61})

    assert kit.wait_for_status(recording_id, "UPLOADED").stop_reason.reason == "ALL_PEERS_LEFT"


def test_a_recording_ends_when_it_is_as_long_as_it_may_be(kit: RealtimeKitPart, meeting: str) -> None:
    kit.ask("POST", f"/meetings/{meeting}/join")
    recording_id = kit.start_recording(meeting, max_seconds=60).id
    kit.wait_for_status(recording_id, "RECORDING")

    kit.ask("POST", f"/recordings/{recording_id}/age", {"by_s": 61})

    assert kit.wait_for_status(recording_id, "UPLOADED").stop_reason is None


def test_recordings_wait_where_they_are_held_until_they_are_led_on(kit: RealtimeKitPart, meeting: str) -> None:
    kit.ask("PATCH", f"/meetings/{meeting}", {"held_at": ["INVOKED", "UPLOADING"]})
    held, other = kit.start_recording(meeting).id, kit.start_recording(kit.new_meeting()).id
    kit.wait_for_status(other, "RECORDING")
    assert kit.recording(held).status == "INVOKED"

    kit.ask("POST", f"/recordings/{held}/advance", {"to": "UPLOADING"})
    kit.ask("PATCH", f"/meetings/{meeting}", {"held_at": []})

    kit.wait_for_status(held, "UPLOADED")
    assert [each["status"] for each in kit.webhooks(meeting)] == ["INVOKED", "RECORDING", "UPLOADING", "UPLOADED"]


def test_a_recording_that_went_wrong_has_no_file(kit: RealtimeKitPart, meeting: str) -> None:
    recording_id = kit.start_recording(meeting).id

    kit.ask("POST", f"/recordings/{recording_id}/advance", {"to": "ERRORED"})

    errored = kit.recording(recording_id)
    assert (errored.status, errored.download_url, errored.file_size) == ("ERRORED", None, None)
    assert errored.stop_reason.reason == "INTERNAL_ERROR"


def test_a_recording_that_is_forgotten_is_not_known(kit: RealtimeKitPart, meeting: str) -> None:
    recording_id = kit.finished_recording(meeting).id

    kit.ask("POST", f"/recordings/{recording_id}/forget")

    with pytest.raises(cloudflare.NotFoundError):
        kit.recording(recording_id)


def test_the_requests_of_a_meeting_are_counted(kit: RealtimeKitPart, meeting: str) -> None:
    recording_id = kit.start_recording(meeting).id
    with pytest.raises(cloudflare.ConflictError):
        kit.start_recording(meeting)
    kit.act(recording_id, "stop")

    assert kit.ask("GET", f"/calls?meeting_id={meeting}") == {"recordings.act": 1, "recordings.start": 2}


def test_too_many_requests_are_refused_and_told_when_to_come_again(own_kit: RealtimeKitPart) -> None:
    own_kit.start(recording_calls_per_50_s=2)
    meeting = own_kit.new_meeting()
    for _ in range(2):
        list_recordings(own_kit)

    with pytest.raises(cloudflare.RateLimitError) as refused:
        list_recordings(own_kit)

    assert 0 < int(refused.value.response.headers["Retry-After"]) <= 50
    assert own_kit.client().meetings.get_meeting_by_id(meeting, **APP).data.id == meeting


def test_a_killed_server_is_back_with_everything_and_goes_on(own_kit: RealtimeKitPart) -> None:
    own_kit.start()
    meeting = own_kit.new_meeting()
    recording_id = own_kit.start_recording(meeting).id
    url = own_kit.finished_recording(own_kit.new_meeting()).download_url

    own_kit.stop(9)
    own_kit.start()

    assert own_kit.act(recording_id, "stop").status == "UPLOADING"
    wait_until(lambda: own_kit.recording(recording_id).status == "UPLOADED")
    assert requests.get(url, timeout=5).ok
