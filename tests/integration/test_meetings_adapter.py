"""The meeting service through our adapter: against RealtimeKit, its faults, and servers that talk nonsense."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from shared.adapters.realtimekit import client as client_module
from shared.adapters.realtimekit import meetings as meetings_module
from shared.adapters.realtimekit.client import RealtimeKitClient
from shared.adapters.realtimekit.meetings import RealtimeKitMeetings
from shared.adapters.realtimekit.webhook_keys import REFRESH_EVERY_S, FetchedKeys
from shared.errors import PlayheadError
from shared.local.realtimekit.config import ACCOUNT_ID, API_TOKEN, APP_ID
from shared.ports.meetings import MeetingRefused, Meetings, MeetingUnavailable, ProviderState, WebhookKeys
from shared.request_budget import Budget, Limit
from shared.settings import Settings
from tests.local.realtimekit_part import RealtimeKitPart
from tests.local.receiver import Receiver, Reply, running_receiver
from tests.unit.environment import a_settings

pytest_plugins = ["tests.local.realtimekit_fixtures"]

APP_PATH = f"/accounts/{ACCOUNT_ID}/realtime/kit/{APP_ID}"
RECORDING = {"id": "r1", "status": "RECORDING"}
NOBODY = str(uuid.uuid4())


def settings_for(url: str) -> Settings:
    return a_settings(
        PLAYHEAD_CLOUDFLARE_ACCOUNT_ID=ACCOUNT_ID,
        PLAYHEAD_CLOUDFLARE_APP_ID=APP_ID,
        PLAYHEAD_CLOUDFLARE_API_TOKEN=API_TOKEN,
        PLAYHEAD_CLOUDFLARE_URL=url,
    )


def meetings_at(url: str) -> Meetings:
    return RealtimeKitMeetings(RealtimeKitClient(settings_for(url)))


def start(meetings: Meetings, meeting: str) -> str:
    return meetings.start_recording(meeting, max_seconds=600, file_name_prefix="rec_1").id


@pytest.fixture(scope="module")
def meetings(kit: RealtimeKitPart) -> Meetings:
    """The adapter, in front of the local RealtimeKit."""
    return meetings_at(f"{kit.url}/client/v4")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that answers whatever it is told to."""
    with running_receiver() as server:
        yield server


def saying(receiver: Receiver, path: str, *replies: Reply) -> Meetings:
    """The adapter, in front of a server that answers so."""
    receiver.answer(f"{APP_PATH}{path}", *replies)
    return meetings_at(receiver.url(""))


def reply(content: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(content).encode(), "application/json")


def test_a_recording_is_started_found_and_stopped(kit: RealtimeKitPart, meetings: Meetings) -> None:
    meeting = meetings.create_meeting("biology", record_on_start=False)

    started = meetings.start_recording(meeting, max_seconds=600, file_name_prefix="rec_1")

    assert started.state is ProviderState.INVOKED
    assert abs(datetime.now(UTC) - (started.invoked_at or datetime.max.replace(tzinfo=UTC))) < timedelta(minutes=1)
    assert started.file_name is not None
    assert started.file_name.startswith("rec_1_")
    assert meetings.active_recording(meeting) is not None
    stopped = meetings.stop_recording(started.id)
    assert stopped is not None
    assert stopped.state is ProviderState.UPLOADING
    assert meetings.active_recording(meeting) is None
    kit.wait_for_status(started.id, "UPLOADED")
    found = meetings.find_recording(started.id)
    assert found is not None
    assert found.state is ProviderState.UPLOADED
    assert found.download_url is not None
    assert len(requests.get(found.download_url, timeout=5).content) == found.size_bytes
    assert found.download_url_expires_at is not None
    assert found.stopped_at is not None


def test_stopping_what_has_stopped_is_fine(kit: RealtimeKitPart, meetings: Meetings, meeting: str) -> None:
    recording = start(meetings, meeting)
    meetings.stop_recording(recording)
    kit.wait_for_status(recording, "UPLOADED")

    again = meetings.stop_recording(recording)

    assert again is not None
    assert again.state is ProviderState.UPLOADED


def test_what_the_service_does_not_know_is_nothing(meetings: Meetings) -> None:
    assert meetings.find_recording(NOBODY) is None
    assert meetings.active_recording(NOBODY) is None
    assert meetings.stop_recording(NOBODY) is None
    assert meetings.recordings_of(NOBODY) == []
    with pytest.raises(MeetingRefused):
        start(meetings, NOBODY)
    with pytest.raises(MeetingRefused):
        meetings.update_meeting(NOBODY, title="nobody's")


def test_a_second_start_is_refused_and_changes_nothing(kit: RealtimeKitPart, meetings: Meetings, meeting: str) -> None:
    first = start(meetings, meeting)

    with pytest.raises(MeetingRefused) as refused:
        start(meetings, meeting)

    assert not refused.value.retryable
    assert [each.id for each in meetings.recordings_of(meeting)] == [first]


def test_a_meeting_is_changed_only_as_asked(kit: RealtimeKitPart, meetings: Meetings) -> None:
    meeting = meetings.create_meeting("biology", record_on_start=True)

    meetings.update_meeting(meeting, is_active=False)
    with pytest.raises(MeetingRefused):
        start(meetings, meeting)
    meetings.update_meeting(meeting, title="chemistry", is_active=True)

    found = kit.client().meetings.get_meeting_by_id(meeting, account_id=ACCOUNT_ID, app_id=APP_ID).data
    assert (found.title, found.status, found.record_on_start) == ("chemistry", "ACTIVE", True)


def test_all_pages_of_a_meeting_are_read_oldest_first(
    kit: RealtimeKitPart, meetings: Meetings, meeting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [kit.finished_recording(meeting).id for _ in range(5)]
    kit.ask("POST", f"/recordings/{made[0]}/age", {"by_s": 3600})
    monkeypatch.setattr(meetings_module, "PAGE_SIZE", 2)

    assert [each.id for each in meetings.recordings_of(meeting)] == made
    half_an_hour_ago = datetime.now(UTC) - timedelta(minutes=30)
    assert [each.id for each in meetings.recordings_of(meeting, since=half_an_hour_ago)] == made[1:]
    assert kit.ask("GET", f"/calls?meeting_id={meeting}")["recordings.list"] == 3 + 2


@pytest.mark.parametrize(
    ("at", "do", "options", "begun"),
    [
        pytest.param("call", "fail", {"status": 500}, 0, id="an_error_before"),
        pytest.param("answer", "fail", {"status": 503}, 1, id="an_error_after"),
        pytest.param("answer", "fail", {"status": 408}, 1, id="their_own_time_out"),
        pytest.param("answer", "cut", {"after_bytes": 0}, 1, id="a_lost_answer"),
        pytest.param("answer", "cut", {"after_bytes": 20}, 1, id="half_an_answer"),
        pytest.param("answer", "stall", {"delay_s": 0.6}, 1, id="a_late_answer"),
    ],
)
def test_a_start_whose_outcome_is_not_known_says_so_and_is_asked_for_once(
    kit: RealtimeKitPart,
    meeting: str,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
    do: str,
    options: dict[str, object],
    begun: int,
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT_S", 0.3)
    impatient = meetings_at(f"{kit.url}/client/v4")

    with kit.armed(at, do, match={"method": "POST", "path": "*/recordings"}, **options):
        with pytest.raises(MeetingUnavailable) as unknown:
            start(impatient, meeting)
        found = [each.id for each in meetings_at(f"{kit.url}/client/v4").recordings_of(meeting)]

    assert unknown.value.retryable
    assert len(found) == begun
    assert kit.ask("GET", f"/calls?meeting_id={meeting}").get("recordings.start", 0) == begun


def test_a_service_that_has_too_much_to_do_says_for_how_long(own_kit: RealtimeKitPart, kit: RealtimeKitPart) -> None:
    own_kit.start(recording_calls_per_50_s=1)
    meetings = meetings_at(f"{own_kit.url}/client/v4")
    meetings.recordings_of(own_kit.new_meeting())

    with pytest.raises(MeetingRefused) as refused:
        meetings.find_recording(NOBODY)

    assert refused.value.retryable
    assert 0 < (refused.value.retry_after_s or 0) <= 50
    without_a_word = meetings_at(f"{kit.url}/client/v4")
    fault = kit.armed("call", "fail", match={"path": f"*/recordings/{NOBODY}"}, status=429)
    with fault, pytest.raises(MeetingRefused) as refused:
        without_a_word.find_recording(NOBODY)
    assert refused.value.retry_after_s == 60


def test_nothing_is_asked_over_the_limit() -> None:
    unreachable = RealtimeKitClient(settings_for("http://127.0.0.1:1"), recording_calls=Budget(Limit(2, 50)))
    meetings = RealtimeKitMeetings(unreachable)
    with pytest.raises(MeetingUnavailable):
        meetings.find_recording(NOBODY)

    with pytest.raises(MeetingRefused, match="limit") as refused:
        meetings.find_recording(NOBODY)

    assert refused.value.retry_after_s == 50


def test_no_window_sees_more_requests_than_its_limit() -> None:
    now_s = 0.0
    budget = Budget(Limit(10, 50), clock=lambda: now_s)
    taken: list[float] = []

    for step in range(2000):
        now_s = step / 10
        if not budget.take():
            taken.append(now_s)

    windows = [sum(first <= at < first + 50 for at in taken) for first in taken]
    assert max(windows) <= 10
    assert len(taken) >= 5 + 200 / 10 - 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply(200, b"<html>maintenance</html>", "text/html"), id="a_page"),
        pytest.param(Reply(200, b'{"success": true, "da', "application/json"), id="half_of_it"),
        pytest.param(Reply(200, b"", "application/json"), id="nothing"),
        pytest.param(Reply(200, b"\xff\xfe", "application/json"), id="no_text"),
        pytest.param(reply([RECORDING]), id="a_list"),
        pytest.param(reply({"success": True}), id="no_data"),
        pytest.param(reply({"success": False, "data": RECORDING}), id="no_success"),
        pytest.param(reply({"success": True, "data": {"status": "RECORDING"}}), id="no_id"),
        pytest.param(reply({"success": True, "data": {**RECORDING, "id": 7}}), id="an_id_that_is_no_text"),
        pytest.param(reply({"success": True, "data": {**RECORDING, "status": "LOST"}}), id="an_unknown_status"),
        pytest.param(Reply(304), id="not_modified"),
    ],
)
def test_an_answer_that_is_none_is_an_outage(receiver: Receiver, answer: Reply) -> None:
    meetings = saying(receiver, "/recordings/r1", answer)

    with pytest.raises(MeetingUnavailable):
        meetings.find_recording("r1")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param({"success": False, "errors": [{"code": 7003, "message": "no"}]}, id="as_it_should_be"),
        pytest.param({"error": {"code": 7003, "message": "no"}}, id="one_error"),
        pytest.param(["no"], id="a_list"),
        pytest.param(None, id="null"),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
def test_a_refusal_is_one_whatever_its_body_says(receiver: Receiver, error: object, status: int) -> None:
    meetings = saying(receiver, "/recordings", reply(error, status))

    with pytest.raises(MeetingRefused, match=str(status)):
        start(meetings, "m1")


def test_a_stop_that_is_refused_while_the_recording_goes_on_stays_refused(receiver: Receiver) -> None:
    live = reply({"success": True, "data": RECORDING})
    meetings = saying(receiver, "/recordings/r1", reply({"success": False}, 403), live)

    with pytest.raises(MeetingRefused, match="403"):
        meetings.stop_recording("r1")


@pytest.mark.parametrize(("word", "state"), [("COMPLETED", ProviderState.UPLOADED), ("FAILED", ProviderState.ERRORED)])
def test_older_words_are_understood(receiver: Receiver, word: str, state: ProviderState) -> None:
    meetings = saying(receiver, "/recordings/r1", reply({"success": True, "data": {"id": "r1", "status": word}}))

    found = meetings.find_recording("r1")

    assert found is not None
    assert found.state is state


def test_what_has_another_type_than_documented_counts_as_not_said_or_is_read_anyway(receiver: Receiver) -> None:
    odd = {
        **RECORDING, "file_size": "1234", "recording_duration": "x", "invoked_time": 7, "started_time": "yesterday",
        "stopped_time": "2026-11-22T10:00:00", "download_url": ["a"], "output_file_name": "",
        "download_url_expiry": "2026-11-22T10:00:00+01:00",
    }  # fmt: skip
    meetings = saying(receiver, "/recordings/r1", reply({"success": True, "data": odd}))

    found = meetings.find_recording("r1")

    assert found is not None
    assert found.size_bytes == 1234
    assert found.download_url_expires_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert (found.duration_seconds, found.invoked_at, found.started_at, found.stopped_at) == (None, None, None, None)
    assert (found.download_url, found.file_name) == (None, None)


def test_a_list_that_says_more_than_it_has_comes_to_an_end(receiver: Receiver) -> None:
    full = reply({"success": True, "data": [RECORDING], "paging": {"total_count": 9}})
    meetings = meetings_at(receiver.url(""))
    query = "?meeting_id=m1&page_no={}&per_page=100&sort_by=invokedTime&sort_order=ASC"
    receiver.answer(f"{APP_PATH}/recordings{query.format(1)}", full)
    receiver.answer(f"{APP_PATH}/recordings{query.format(2)}", full)

    assert [each.id for each in meetings.recordings_of("m1")] == ["r1"]


@pytest.mark.parametrize("name", ["ACCOUNT_ID", "APP_ID", "API_TOKEN"])
def test_a_setting_that_is_missing_is_named(kit: RealtimeKitPart, name: str) -> None:
    complete = settings_for(f"{kit.url}/client/v4")
    meetings = RealtimeKitMeetings(RealtimeKitClient(complete.model_copy(update={f"cloudflare_{name.lower()}": None})))

    with pytest.raises(PlayheadError, match=f"PLAYHEAD_CLOUDFLARE_{name} is not set"):
        meetings.find_recording(NOBODY)


def test_credentials_of_the_environment_are_not_sent(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY", "CLOUDFLARE_API_USER_SERVICE_KEY"):
        monkeypatch.setenv(name, "somebody@else.test")
    meetings = saying(receiver, "/recordings/r1", reply({"success": True, "data": RECORDING}))

    meetings.find_recording("r1")

    (hit,) = receiver.hits(f"{APP_PATH}/recordings/r1")
    assert hit.headers["Authorization"] == f"Bearer {API_TOKEN}"
    assert "somebody@else.test" not in str(hit.headers)


def test_neither_the_token_nor_a_download_url_is_logged_or_said(
    kit: RealtimeKitPart, meeting: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = kit.finished_recording(meeting).download_url
    meetings = meetings_at(f"{kit.url}/client/v4")
    caplog.set_level(logging.DEBUG)

    found = meetings.recordings_of(meeting)
    with pytest.raises(MeetingRefused) as refused:
        start(meetings, NOBODY)

    assert found[0].download_url is not None
    written = caplog.text + str(refused.value)
    assert "/recordings" in written
    assert API_TOKEN not in written
    assert url.rpartition("token=")[2] not in written


def test_the_key_of_the_webhooks_is_fetched_once_and_again_when_it_no_longer_fits(kit: RealtimeKitPart) -> None:
    now_s = 1000.0
    keys: WebhookKeys = FetchedKeys(f"{kit.url}/.well-known/webhooks.json", clock=lambda: now_s)
    first = keys.key()
    assert keys.key_after(first) is None
    kit.ask("POST", "/key")
    assert keys.key() == first

    now_s += REFRESH_EVERY_S - 1
    assert keys.key_after(first) is None
    now_s += 1
    second = keys.key_after(first)

    assert second not in (None, first)
    assert keys.key() == keys.key_after(first) == second


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply(503), id="an_error"),
        pytest.param(Reply(200, b"<html>", "text/html"), id="a_page"),
        pytest.param(reply({"data": {"publicKey": None}}), id="no_key"),
        pytest.param(reply([]), id="a_list"),
    ],
)
def test_a_key_that_is_not_to_be_had_is_an_outage_that_ends(receiver: Receiver, answer: Reply) -> None:
    receiver.answer("/keys", answer, reply({"success": True, "data": {"publicKey": "a key"}}))
    keys = FetchedKeys(receiver.url("/keys"))

    with pytest.raises(MeetingUnavailable):
        keys.key()

    assert keys.key() == "a key"


def test_a_key_that_nobody_serves_is_an_outage() -> None:
    ask: Callable[[], str] = FetchedKeys("http://127.0.0.1:1/keys").key

    with pytest.raises(MeetingUnavailable):
        ask()
