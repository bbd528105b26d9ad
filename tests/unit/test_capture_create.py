"""Creating a browser recording: what the client leaves out, what it gets wrong, and what is stored."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.capture.api import NewRecording, RecordingOut
from shared.capture.domain import MAX_NAVIGATIONS, MAX_NAVIGATIONS_BYTES, CaptureDetails
from shared.capture.service import Created, details_of
from shared.edge.bodies import parse_body
from shared.errors import InvalidRequest, NotFound, Upstream
from shared.recordings.deleting import delete_recording
from shared.recordings.idempotency import Once, OnceRecord
from shared.recordings.recording import Bucket, Family, Recording, State
from shared.recordings.runs import Run
from tests.unit.examples import (
    ANNA,
    BERT,
    CUSTOM,
    FIRST_MS,
    FULL_SNAPSHOT,
    INCREMENTAL,
    META,
    PROJECT,
    World,
    event,
    new_recording,
    page_visit,
)
from tests.unit.fakes import START


@pytest.fixture
def world() -> World:
    return World()


def stored_events(world: World, created: Created) -> list[dict[str, Any]]:
    found = world.media.objects[Bucket.MEDIA, details_of(created.recording).events.name]
    assert found.content_encoding == "gzip"
    events: list[dict[str, Any]] = json.loads(gzip.decompress(found.content))
    return events


def details(world: World, **members: Any) -> CaptureDetails:
    return details_of(world.create(**members).recording)


class TestWhatIsMade:
    def test_a_recording_without_a_video_is_processed_at_once(self, world: World) -> None:
        created = world.create(events=page_visit(0, "https://shop.test/"))

        recording = world.recording(created.recording.id)
        run = world.recordings.find_run(recording.current_run or "")
        assert (recording.state, created.upload_url) == (State.PROCESSING, None)
        assert run is not None
        assert (run.pipeline, run.recording_id) == ("capture_events_only", recording.id)
        assert set(world.tasks.waiting.values()) == set(run.tasks())

    def test_a_recording_with_a_video_waits_for_it(self, world: World) -> None:
        created = world.create(has_video=True, has_audio=True)

        recording = world.recording(created.recording.id)
        name = f"capture/{recording.id}/upload"
        assert recording.state is State.AWAITING_MEDIA
        assert recording.upload_deadline == START + timedelta(hours=24)
        assert created.upload_url == f"https://storage.test/uploads/{name}?method=PUT&expires_in_s=3600"
        assert (details_of(recording).has_video, details_of(recording).has_audio) == (True, True)
        assert world.recordings.all_of(Run) == []

    def test_it_is_the_callers(self, world: World) -> None:
        recording = world.create(by=BERT).recording

        assert (recording.tenant_id, recording.user_id) == ("other", "bert")
        assert [(move.cause, move.actor) for move in recording.history] == [("created", "user:bert")]

    def test_the_answer_of_a_read_has_every_key(self, world: World) -> None:
        recording = world.create(events=page_visit(0, "https://shop.test/"), project_id=PROJECT).recording

        shown = json.loads(RecordingOut.of(recording, details_of(recording)).model_dump_json())

        assert shown == {
            "id": recording.id,
            "tenant_id": "acme",
            "project_id": PROJECT,
            "user_id": "anna",
            "name": "Recording 2026-05-04T10:00:00Z",
            "status": "processing",
            "started_at": "2026-05-04T10:00:00Z",
            "ended_at": None,
            "duration_ms": 1,
            "event_count": 2,
            "has_video": False,
            "has_audio": False,
            "navigations": [{"url": "https://shop.test/", "timestamp_ms": 0}],
            "journey_id": None,
            "created_at": "2026-05-04T10:00:00Z",
            "updated_at": "2026-05-04T10:00:00Z",
        }

    def test_a_project_may_be_spelled_in_capitals_as_uuids_may(self, world: World) -> None:
        assert details(world, project_id=PROJECT.upper()).project_id == PROJECT

    def test_events_are_stored_before_the_recording_exists(self, world: World) -> None:
        world.recordings.conflict(times=99)

        with pytest.raises(Upstream):
            world.create(events=page_visit(0, "https://shop.test/"))

        assert len(world.media.names(Bucket.MEDIA)) == 2
        assert world.recordings.all_of(Recording) == []

    def test_a_queue_that_is_down_leaves_the_run_to_the_sweep(self, world: World) -> None:
        world.tasks.is_down = True

        with pytest.raises(Upstream):
            world.create()

        assert [run.attention_at is not None for run in world.recordings.all_of(Run)] == [True]


class TestDefaults:
    def test_a_name_is_kept(self, world: World) -> None:
        assert details(world, name="Checkout").name == "Checkout"
        assert details(world, name="").name == ""

    def test_a_recording_without_a_name_is_named_after_its_start(self, world: World) -> None:
        named = details(world, started_at="2026-05-04T12:30:00.5+02:00")

        assert named.name == "Recording 2026-05-04T10:30:00.500000Z"

    def test_the_duration_is_what_the_client_says(self, world: World) -> None:
        found = details(world, duration_ms=7, ended_at="2026-05-04T10:01:00Z", events=page_visit(0, "https://a.test/"))

        assert (found.duration_ms, found.is_duration_known) == (7, True)

    def test_or_from_start_to_end(self, world: World) -> None:
        found = details(world, ended_at="2026-05-04T10:00:01.5Z", events=page_visit(0, "https://a.test/"))

        assert (found.duration_ms, found.is_duration_known) == (1500, True)

    def test_or_from_the_first_event_to_the_last(self, world: World) -> None:
        found = details(world, events=[event(INCREMENTAL, 900), event(INCREMENTAL, 20), event(INCREMENTAL, 400)])

        assert (found.duration_ms, found.is_duration_known) == (880, True)

    @pytest.mark.parametrize("events", [[], [event(INCREMENTAL, 5)]], ids=["no event", "one event"])
    def test_or_it_is_not_known_yet(self, world: World, events: list[dict[str, Any]]) -> None:
        found = details(world, events=events)

        assert (found.duration_ms, found.is_duration_known) == (0, False)

    def test_a_duration_of_zero_is_a_duration(self, world: World) -> None:
        assert details(world, duration_ms=0).is_duration_known

    def test_the_servers_count_wins(self, world: World) -> None:
        assert details(world, event_count=99, events=page_visit(0, "https://a.test/")).event_count == 2


class TestNavigations:
    def test_the_clients_are_kept(self, world: World) -> None:
        found = details(
            world,
            navigations=[{"url": "https://b.test/", "timestamp_ms": 5}, {"url": "https://a.test/", "timestamp_ms": 3}],
            events=page_visit(0, "https://c.test/"),
        )

        assert [(one.url, one.timestamp_ms) for one in found.navigations] == [
            ("https://b.test/", 5),
            ("https://a.test/", 3),
        ]

    def test_an_empty_list_of_the_clients_is_kept(self, world: World) -> None:
        assert details(world, navigations=[], events=page_visit(0, "https://a.test/")).navigations == ()

    def test_else_they_are_the_pages_of_the_meta_events(self, world: World) -> None:
        events = [
            event(INCREMENTAL, 0),
            *page_visit(10, "https://a.test/"),
            event(META, 20, href="https://a.test/", width=99, height=99),
            *page_visit(30.9, "https://b.test/"),
            *page_visit(40, "https://a.test/"),
        ]

        found = details(world, events=events).navigations

        assert [(one.url, one.timestamp_ms) for one in found] == [
            ("https://a.test/", 10),
            ("https://b.test/", 30),
            ("https://a.test/", 40),
        ]

    @pytest.mark.parametrize("meta", [{}, {"href": None}, {"href": 5}, {"href": ["https://a.test/"]}])
    def test_a_meta_event_without_an_address_is_no_navigation(self, world: World, meta: dict[str, Any]) -> None:
        assert details(world, events=[event(META, 0, **meta)]).navigations == ()

    @pytest.mark.parametrize("data", ["null", "5", '"https://a.test/"', "[]"])
    def test_nor_is_one_whose_data_is_no_object(self, world: World, data: str) -> None:
        body = f'{{"started_at":"2026-05-04T10:00:00Z","events":[{{"type":4,"timestamp":1,"data":{data}}}]}}'

        new = parse_body(body.encode(), NewRecording)

        assert details(world, events=json.loads(bytes(new.events))).navigations == ()

    @pytest.mark.parametrize("letters", [100, 8_192, 8_193, 100_000])
    def test_every_derived_navigation_can_be_read_again(self, world: World, letters: int) -> None:
        recording = world.create(events=page_visit(0, "data:" + "x" * (letters - 5))).recording

        shown = RecordingOut.of(recording, details_of(recording)).navigations

        assert [len(one.url) for one in shown] == [min(letters, 8_192)]

    def test_derived_ones_end_at_the_cap(self, world: World) -> None:
        events = [event(META, number, href=f"https://a.test/{number}") for number in range(MAX_NAVIGATIONS + 5)]

        assert len(details(world, events=events).navigations) == MAX_NAVIGATIONS

    def test_derived_ones_end_at_the_cap_in_bytes(self, world: World) -> None:
        events = [event(META, number, href=f"https://a.test/{number}/" + "é" * 2000) for number in range(100)]

        found = details(world, events=events).navigations

        size = sum(len(one.url.encode()) for one in found)
        assert 0.95 * MAX_NAVIGATIONS_BYTES < size <= MAX_NAVIGATIONS_BYTES

    @pytest.mark.parametrize(
        "navigations",
        [
            [{"url": "https://a.test/", "timestamp_ms": 0}] * (MAX_NAVIGATIONS + 1),
            [{"url": "https://a.test/" + "é" * 4000, "timestamp_ms": 0}] * 40,
        ],
        ids=["too many", "too large"],
    )
    def test_more_than_the_cap_is_refused(self, world: World, navigations: list[dict[str, Any]]) -> None:
        with pytest.raises(InvalidRequest, match="2,000 entries and 256 KiB"):
            world.create(navigations=navigations)

        assert world.media.names(Bucket.MEDIA) == []


class TestEvents:
    def test_events_out_of_order_are_sorted_and_those_of_the_same_time_keep_their_order(self, world: World) -> None:
        sent = [
            event(INCREMENTAL, 30, number=1),
            event(FULL_SNAPSHOT, 10, number=2),
            event(INCREMENTAL, 10, number=3),
            event(META, 10, number=4),
            event(INCREMENTAL, 0.5, number=5),
        ]

        created = world.create(events=sent)

        assert [one["data"]["number"] for one in stored_events(world, created)] == [5, 2, 3, 4, 1]

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.text(max_size=5)), max_size=15))
    def test_what_is_stored_is_what_was_sent_in_order_of_time(self, sent: list[tuple[int, int, str]]) -> None:
        world = World()
        events = [event(type_, at_ms, note=note) for type_, at_ms, note in sent]

        created = world.create(events=events)

        assert stored_events(world, created) == sorted(events, key=lambda one: one["timestamp"])
        assert details_of(created.recording).event_count == len(sent)

    def test_unknown_types_and_extra_keys_are_kept(self, world: World) -> None:
        sent = [{"type": 77, "timestamp": FIRST_MS, "delay": 3, "data": {"plugin": "x"}}, event(CUSTOM, 1, tag="note")]

        assert stored_events(world, world.create(events=sent)) == sent

    @pytest.mark.parametrize(
        "bad",
        [
            None,
            "event",
            [],
            {},
            {"type": 3},
            {"timestamp": FIRST_MS},
            {"type": "3", "timestamp": 1},
            {"type": 3, "timestamp": -1},
        ],
    )
    def test_a_bad_event_is_refused_by_its_index_and_nothing_is_stored(self, world: World, bad: object) -> None:
        with pytest.raises(InvalidRequest, match=r"events\[2\]"):
            world.create(events=[event(META, 0), event(INCREMENTAL, 1), bad, event(INCREMENTAL, 2)])

        assert world.media.names(Bucket.MEDIA) == []
        assert world.recordings.all_of(Recording) == []

    @pytest.mark.parametrize("events", [None, {}, "[]", 5])
    def test_events_that_are_no_array_are_refused(self, world: World, events: object) -> None:
        with pytest.raises(InvalidRequest, match="must be an array"):
            world.create(events=events)


class TestBody:
    @pytest.mark.parametrize(
        ("members", "culprit"),
        [
            ({"started_at": None}, "started_at"),
            ({"started_at": "2026-05-04T10:00:00"}, "started_at"),
            ({"ended_at": "2026-05-04T09:59:59Z"}, "ended_at is before started_at"),
            ({"duration_ms": -1}, "duration_ms"),
            ({"duration_ms": 1.5}, "duration_ms"),
            ({"duration_ms": "1"}, "duration_ms"),
            ({"duration_ms": True}, "duration_ms"),
            ({"duration_ms": 2**53}, "duration_ms"),
            ({"event_count": -1}, "event_count"),
            ({"name": 5}, "name"),
            ({"name": "x" * 501}, "name"),
            ({"project_id": "not-a-uuid"}, "project_id"),
            ({"has_video": "yes"}, "has_video"),
            ({"has_video": 1}, "has_video"),
            ({"has_video": None}, "has_video"),
            ({"navigations": {}}, "navigations"),
            ({"navigations": [{"url": "https://a.test/"}]}, r"navigations\.0\.timestamp_ms"),
            ({"navigations": [{"url": 5, "timestamp_ms": 0}]}, r"navigations\.0\.url"),
            ({"navigations": [{"url": "https://a.test/", "timestamp_ms": -1}]}, r"navigations\.0\.timestamp_ms"),
        ],
    )
    def test_a_member_that_is_not_as_it_should_be_is_named(self, members: dict[str, Any], culprit: str) -> None:
        with pytest.raises(InvalidRequest, match=culprit):
            new_recording(**members)

    @pytest.mark.parametrize("left_out", ["started_at", "events"])
    def test_a_member_that_is_required_is_named(self, left_out: str) -> None:
        body = {"started_at": "2026-05-04T10:00:00Z", "events": []}
        del body[left_out]

        with pytest.raises(InvalidRequest, match=f"{left_out}: Field required"):
            parse_body(json.dumps(body).encode(), NewRecording)

    def test_a_recording_may_end_as_it_starts(self, world: World) -> None:
        assert details(world, ended_at="2026-05-04T10:00:00Z").duration_ms == 0


class TestAgain:
    """The same request with the same Idempotency-Key."""

    record = OnceRecord(id="k", body_hash="h", expire_at=START + timedelta(seconds=60))

    def test_what_was_made_is_remembered_with_it(self, world: World) -> None:
        created = world.create(once=Once(record=self.record))

        remembered = world.recordings.all_of(OnceRecord)
        assert [(one.resource_id, one.expire_at) for one in remembered] == [
            (created.recording.id, START + timedelta(hours=24))
        ]

    def test_a_replay_answers_from_the_recording_as_it_is_now_with_a_fresh_url(self, world: World) -> None:
        first = world.create(has_video=True)
        before = dict(world.recordings.documents)

        again = world.create(has_video=True, once=Once(made=first.recording.id))

        assert (again.recording, again.upload_url) == (first.recording, first.upload_url)
        assert world.recordings.documents == before
        assert len(world.media.names(Bucket.MEDIA)) == 2

    def test_a_replay_of_a_recording_that_was_deleted_is_not_found(self, world: World) -> None:
        first = world.create()
        delete_recording(
            first.recording.id,
            family=Family.CAPTURE,
            by=ANNA,
            recordings=world.recordings,
            media=world.media,
            now=START,
        )

        with pytest.raises(NotFound):
            world.create(once=Once(made=first.recording.id))
