"""Reading a browser recording: its events, whole or in part, and its video."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.capture.api import EventsQuery
from shared.capture.events import represent_events, stored_events
from shared.capture.reading import details_of, find_recording, sign_video
from shared.capture.service import confirm_video, finished_details
from shared.errors import Conflict, NotFound
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.recording import Bucket, Caller, Recording, State
from shared.recordings.uploads import UPLOAD_CAP_BYTES
from shared.wire import Representation
from tests.unit.examples import ANNA, BERT, FULL_SNAPSHOT, INCREMENTAL, World, event, page_visit
from tests.unit.fakes import START


@pytest.fixture
def world() -> World:
    return World()


def represent(world: World, recording: Recording, **query: int) -> Representation:
    return represent_events(details_of(recording), EventsQuery.model_validate(query), media=world.media)


def read(representation: Representation) -> list[dict[str, Any]]:
    content = b"".join(representation.pieces())
    events: list[dict[str, Any]] = json.loads(gzip.decompress(content) if representation.is_gzip else content)
    return events


#: A full snapshot every 10 ms.
EVENTS = [event(FULL_SNAPSHOT if number % 10 == 0 else INCREMENTAL, number) for number in range(40)]
REMUXED = {"video": {"name": "v"}, "facts": {"duration_ms": 1234}}


class TestEvents:
    def test_the_whole_is_the_stored_object_as_it_is(self, world: World) -> None:
        recording = world.create(events=EVENTS).recording
        stored = details_of(recording).events

        whole = represent(world, recording)

        content = b"".join(whole.pieces())
        assert content == world.media.read(stored, start=0, end=stored.size_bytes)
        assert (whole.gzip_bytes, whole.inflated_bytes) == (len(content), len(gzip.decompress(content)))
        assert whole.location is not None
        assert f"generation={stored.generation}&expires_in_s=300&type=application/json" in whole.location()

    @given(st.none() | st.integers(0, 45), st.none() | st.integers(0, 45))
    def test_a_part_begins_at_a_full_snapshot_and_ends_in_time(self, from_ms: int | None, to_ms: int | None) -> None:
        world = World()
        recording = world.create(events=EVENTS).recording
        query = {name: value for name, value in (("from_ms", from_ms), ("to_ms", to_ms)) if value is not None}

        part = read(represent(world, recording, **query))

        begin = 0 if from_ms is None else min(from_ms // 10 * 10, 30)
        end = 40 if to_ms is None else to_ms + 1
        assert part == EVENTS[begin:end]

    def test_a_part_is_plain_json_that_knows_its_size(self, world: World) -> None:
        recording = world.create(events=EVENTS).recording

        part = represent(world, recording, from_ms=20)

        assert (part.is_gzip, part.location) == (False, None)
        assert part.inflated_bytes >= len(b"".join(part.pieces())) - len(b"[]")

    def test_every_part_has_its_own_etag(self, world: World) -> None:
        recordings = [world.create(events=EVENTS).recording for _ in range(2)]
        queries: list[dict[str, int]] = [{}, {"from_ms": 0}, {"to_ms": 0}, {"from_ms": 1, "to_ms": 0}, {"from_ms": 10}]

        etags = [represent(world, recording, **query).etag for recording in recordings for query in queries]

        assert len(set(etags)) == len(etags)
        assert etags[0] == represent(world, recordings[0]).etag

    @pytest.mark.parametrize("query", [{}, {"from_ms": 3}, {"to_ms": 3}])
    def test_a_recording_without_events_is_an_empty_array(self, world: World, query: dict[str, int]) -> None:
        recording = world.create(events=[]).recording

        assert read(represent(world, recording, **query)) == []

    def test_events_that_are_deleted_before_they_are_read_are_not_found(self, world: World) -> None:
        recording = world.create(events=EVENTS).recording
        whole, part = represent(world, recording), represent(world, recording, from_ms=20)
        world.media.delete_prefix(Bucket.MEDIA, f"capture/{recording.id}/")

        for representation in (whole, part):
            with pytest.raises(NotFound):
                next(representation.pieces())
        with pytest.raises(NotFound):
            represent(world, recording, from_ms=20)

    def test_a_step_reads_them_all_in_order(self, world: World) -> None:
        recording = world.create(events=EVENTS[::-1]).recording

        found = stored_events(details_of(recording), media=world.media)

        assert [json.loads(bytes(one.text)) for one in found] == EVENTS


class TestConfirm:
    def confirm(self, world: World, recording: Recording, *, by: Caller = ANNA) -> Recording:
        return confirm_video(
            recording.id,
            by=by,
            recordings=world.recordings,
            media=world.media,
            tasks=world.tasks,
            ids=world.ids,
            now=world.clock.now(),
        )

    def test_an_uploaded_video_is_processed(self, world: World) -> None:
        recording = world.create(has_video=True).recording
        world.media.upload(f"capture/{recording.id}/upload", b"video")

        confirmed = self.confirm(world, recording)

        assert confirmed.state is State.PROCESSING
        assert confirmed == world.recording(recording.id)
        assert confirmed.history[-1].actor == "user:anna"

    def test_a_second_confirm_changes_nothing_in_any_later_state(self, world: World) -> None:
        recording = world.create(has_video=True).recording
        world.media.upload(f"capture/{recording.id}/upload", b"video")
        first = self.confirm(world, recording)
        documents = dict(world.recordings.documents)

        assert self.confirm(world, recording) == first
        assert world.recordings.documents == documents

    @pytest.mark.parametrize("content", [None, b""], ids=["not there", "empty"])
    def test_a_video_that_is_not_there_is_a_conflict_and_may_still_come(
        self, world: World, content: bytes | None
    ) -> None:
        recording = world.create(has_video=True).recording
        if content is not None:
            world.media.upload(f"capture/{recording.id}/upload", content)

        with pytest.raises(Conflict):
            self.confirm(world, recording)

        assert world.recording(recording.id) == recording

    def test_a_video_that_is_too_large_fails_the_recording(self, world: World) -> None:
        recording = world.create(has_video=True).recording
        cap_bytes = UPLOAD_CAP_BYTES[recording.family]
        world.media.upload(f"capture/{recording.id}/upload", b"video", size_bytes=cap_bytes + 1)

        confirmed = self.confirm(world, recording)

        assert confirmed.failure is not None
        assert (confirmed.state, confirmed.failure.code) == (State.FAILED, "too_large")

    def test_a_recording_without_a_video_has_nothing_to_confirm(self, world: World) -> None:
        with pytest.raises(Conflict):
            self.confirm(world, world.create().recording)

    def test_a_recording_that_is_deleted_meanwhile_is_not_found(self, world: World) -> None:
        recording = world.create(has_video=True).recording
        world.media.upload(f"capture/{recording.id}/upload", b"video")
        world.recordings.interrupt(lambda: world.recordings.transact(lambda transaction: transaction.remove(recording)))

        with pytest.raises(NotFound):
            self.confirm(world, recording)

    def test_a_strangers_recording_is_not_found(self, world: World) -> None:
        with pytest.raises(NotFound):
            self.confirm(world, world.create(has_video=True).recording, by=BERT)


class TestVideo:
    def sign(self, world: World, recording: Recording) -> tuple[str, Any]:
        return sign_video(recording.id, by=ANNA, recordings=world.recordings, media=world.media, now=world.clock.now())

    def test_a_video_that_is_ready_has_a_url_for_an_hour(self, world: World) -> None:
        recording = world.create(has_video=True).recording
        video = world.media.save("capture/x/runs/r/remux_video.1/video.webm", b"v", content_type="video/webm")
        world.recordings.put(_with_details(recording, video=to_plain(video)))

        url, expires_at = self.sign(world, recording)

        assert f"generation={video.generation}&expires_in_s=3600&type=video/webm" in url
        assert expires_at == START + timedelta(hours=1)

    def test_a_video_that_is_not_ready_is_a_conflict_in_the_contracts_words(self, world: World) -> None:
        with pytest.raises(Conflict) as refusal:
            self.sign(world, world.create(has_video=True).recording)

        assert "uploading" in refusal.value.message

    def test_a_recording_without_a_video_is_a_conflict(self, world: World) -> None:
        with pytest.raises(Conflict, match="without a video"):
            self.sign(world, world.create().recording)


class TestFinish:
    """What the last step shows readers."""

    def test_a_duration_that_nobody_knew_is_the_videos(self, world: World) -> None:
        details = details_of(world.create(has_video=True).recording)

        added = finished_details(details, remuxed=REMUXED, previews={}, summary={})

        assert (added["duration_ms"], added["is_duration_known"], added["video"]) == (1234, True, {"name": "v"})

    def test_a_duration_that_was_known_stays(self, world: World) -> None:
        details = details_of(world.create(has_video=True, duration_ms=5).recording)

        assert "duration_ms" not in finished_details(details, remuxed=REMUXED, previews={}, summary={})

    def test_what_optional_steps_did_not_make_is_not_there(self, world: World) -> None:
        recording = world.create(events=page_visit(0, "https://a.test/")).recording

        added = finished_details(details_of(recording), remuxed={}, previews={}, summary={})
        finished = details_of(_with_details(recording, **added))

        assert (finished.video, finished.poster, finished.storyboard, finished.event_summary) == (None,) * 4


def test_a_recording_is_found_by_its_tenant_only(world: World) -> None:
    recording = world.create().recording

    assert find_recording(recording.id, by=ANNA, recordings=world.recordings) == recording
    with pytest.raises(NotFound):
        find_recording(recording.id, by=BERT, recordings=world.recordings)


def _with_details(recording: Recording, **details: Any) -> Recording:
    return from_plain({**to_plain(recording), "details": {**recording.details, **details}}, Recording)
