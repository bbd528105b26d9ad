"""Feedback from its creation to its end: whose it is, who sees it, and what is kept of it."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.feedback.create_recording import feedback_create_recording
from shared.edge.bodies import parse_body
from shared.edge.declarations import declaration_of
from shared.errors import NotFound
from shared.feedback.api import NewRecording
from shared.feedback.domain import UNCLAIMED_KEPT_FOR
from shared.feedback.expiring import expire_unclaimed
from shared.feedback.failures import AlreadyClaimed
from shared.feedback.service import (
    claim_recording,
    delete_recording,
    details_of,
    find_recording,
    find_visible,
    list_recordings,
    metadata_of,
)
from shared.feedback.views import created_out, recording_list, recording_out
from shared.recordings.attending import PAGE, WORKS_FOR, Swept
from shared.recordings.idempotency import Once, OnceRecord, StillInProgress
from shared.recordings.recording import NOBODY, Bucket, Caller, Family, Recording, State
from shared.recordings.visitors import Visitor, upload_token
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START, FakeClock
from tests.unit.feedback_examples import (
    CARL,
    METADATA,
    NOBODY_KNOWN,
    PEPPER,
    FeedbackWorld,
    holder,
    known,
    new_feedback,
)

#: What a process of the API profile has before any request, in MiB, with plenty to spare.
PROCESS_MB = 250
EMPTY_CALLER = Caller(tenant_id=NOBODY, user_id=NOBODY)


@pytest.fixture
def world() -> FeedbackWorld:
    return FeedbackWorld()


def claim(world: FeedbackWorld, id: str, by: Caller) -> Recording:
    return claim_recording(id, by=by, recordings=world.recordings, now=world.clock.now())


def delete(world: FeedbackWorld, id: str, by: Visitor) -> None:
    delete_recording(id, by=by, recordings=world.recordings, media=world.media, now=world.clock.now())


def listed(world: FeedbackWorld, by: Caller, *, limit: int | None = None, offset: int = 0) -> list[str]:
    found = list_recordings(by=by, limit=limit, offset=offset, recordings=world.recordings)
    return [one.id for one in found]


def expire(world: FeedbackWorld, clock: FakeClock | None = None) -> Swept:
    return expire_unclaimed(recordings=world.recordings, media=world.media, clock=clock or world.clock)


class TestCreating:
    def test_it_is_the_callers_and_waits_for_its_video(self, world: FeedbackWorld) -> None:
        recording = world.leave().recording

        assert world.recording(recording.id) == recording
        assert (recording.tenant_id, recording.user_id, recording.family) == ("acme", "anna", Family.FEEDBACK)
        assert recording.state is State.AWAITING_MEDIA
        assert recording.upload_deadline == START + timedelta(hours=24)
        assert recording.history[0].actor == "user:anna"

    def test_without_credentials_it_is_nobodys(self, world: FeedbackWorld) -> None:
        recording = world.leave(by=NOBODY_KNOWN).recording

        assert (recording.tenant_id, recording.user_id, recording.is_claimed) == (NOBODY, NOBODY, False)
        assert recording.history[0].actor == "visitor"

    def test_everything_that_came_is_kept_byte_for_byte(self, world: FeedbackWorld) -> None:
        metadata = json.dumps({**METADATA, "big": 2**70}).removesuffix("}") + ', "price": 1.10}'
        sent = {
            "metadata": metadata,
            "actions": '[ {"type":"click", "timestamp":5e-1} ]',
            "browserState": '{"consoleLogs":[{"level":"error"}],"consoleLogs":[1.0]}',
            "elements": '["\\u00e4"]',
        }
        spaced = ", ".join(f'"{name}" : {raw}' for name, raw in sent.items())

        recording = world.leave(parse_body(f"{{{spaced}}}".encode(), NewRecording)).recording

        kept = details_of(recording).context
        joined = ",".join(f'"{name}":{raw}' for name, raw in sent.items())
        assert gzip.decompress(world.media.open(kept).read()).decode() == f"{{{joined}}}"
        assert metadata_of(recording, media=world.media).decode() == metadata
        assert (kept.bucket, kept.name) == (Bucket.MEDIA, f"feedback/{recording.id}/events/context.json.gz")

    def test_its_memory_holds_as_many_of_the_worst_bodies_as_may_come_at_once(self, world: FeedbackWorld) -> None:
        declaration = declaration_of(feedback_create_recording)
        metadata = json.dumps({**METADATA, "note": "half a pair"}).replace("half a pair", "\\ud800").encode()
        raw = b'{"metadata":%s,"actions":[%s{}]}' % (metadata, b"{}," * 500_000)
        world.leave()

        tracemalloc.start()
        world.leave(parse_body(raw, NewRecording))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        worst_mb = (1 + peak_bytes / len(raw)) * (NewRecording.max_body_bytes or 0) / 1024**2
        assert worst_mb > 100
        assert declaration.concurrency * worst_mb + PROCESS_MB < declaration.memory_mb

    def test_what_its_maker_is_given_leads_to_storage(self, world: FeedbackWorld) -> None:
        created = world.leave(new_feedback(videoContentType="video/mp4"))

        shown = created_out(created).model_dump(by_alias=True)

        id = created.recording.id
        assert shown.pop("uploadUrl").startswith("https://storage.test/uploads/")
        assert shown == {
            "success": True,
            "recordingId": id,
            "videoUploadStatus": "pending",
            "status": "pending",
            "uploadToken": upload_token(id, pepper=PEPPER),
            "presignedVideoObjectId": f"obj-{id}",
            "presignedVideoObjectKey": f"feedback/{id}/upload",
            "presignedVideoContentType": "video/mp4",
            "presignedTtlSeconds": 300,
        }

    def test_where_no_urls_are_offered_nothing_of_them_is_said(self, world: FeedbackWorld) -> None:
        world.policy = replace(world.policy, offers_urls=False)

        mine, nobodys = (created_out(world.leave(by=by)).model_dump() for by in (known(ANNA), NOBODY_KNOWN))

        assert mine.keys() == {"success", "recording_id", "video_upload_status", "status"}
        assert nobodys.keys() - mine.keys() == {"upload_token"}, "or nobody could go on"

    def test_a_repetition_makes_nothing_and_tells_what_has_become_of_it(self, world: FeedbackWorld) -> None:
        first = world.leave().recording
        stored = world.media.upload(f"feedback/{first.id}/upload", b"video")
        world.recordings.put(replace(first, upload=stored))

        again = created_out(world.leave(once=Once(made=first.id)))

        assert (again.recording_id, again.video_upload_status) == (first.id, "uploaded")
        assert len(world.recordings.all_of(Recording)) == 1

    def test_a_reservation_that_ran_out_makes_nothing(self, world: FeedbackWorld) -> None:
        lost = Once(record=OnceRecord(id="k", body_hash="h", expire_at=START))

        with pytest.raises(StillInProgress):
            world.leave(once=lost)

        assert world.recordings.all_of(Recording) == []


class TestSeeing:
    def test_its_owner_sees_it_and_no_other_caller(self, world: FeedbackWorld) -> None:
        id = world.leave().recording.id

        assert find_recording(id, by=ANNA, recordings=world.recordings).id == id
        assert find_visible(id, by=known(ANNA), recordings=world.recordings).id == id
        for stranger in (BERT, CARL, EMPTY_CALLER):
            with pytest.raises(NotFound, match="recording not found"):
                find_visible(id, by=known(stranger), recordings=world.recordings)
            with pytest.raises(NotFound, match="recording not found"):
                find_recording(id, by=stranger, recordings=world.recordings)

    def test_nobodys_is_seen_by_whoever_holds_its_token(self, world: FeedbackWorld) -> None:
        id, other = (world.leave(by=NOBODY_KNOWN).recording.id for _ in range(2))

        assert find_visible(id, by=holder(id), recordings=world.recordings).id == id
        assert find_visible(id, by=holder(id, caller=BERT), recordings=world.recordings).id == id
        for stranger in (NOBODY_KNOWN, holder(other), known(ANNA), known(EMPTY_CALLER)):
            with pytest.raises(NotFound):
                find_visible(id, by=stranger, recordings=world.recordings)

    def test_a_token_of_what_is_somebodys_opens_nothing(self, world: FeedbackWorld) -> None:
        id = world.leave().recording.id

        with pytest.raises(NotFound):
            find_visible(id, by=holder(id), recordings=world.recordings)
        with pytest.raises(NotFound):
            find_visible(id, by=holder(id, caller=BERT), recordings=world.recordings)

    def test_a_recording_of_another_family_is_none(self, world: FeedbackWorld) -> None:
        recording = world.leave().recording
        world.recordings.put(replace(recording, family=Family.SESSIONS))

        for visitor in (known(ANNA), holder(recording.id)):
            with pytest.raises(NotFound):
                find_visible(recording.id, by=visitor, recordings=world.recordings)

    def test_it_is_shown_with_its_metadata_as_they_came(self, world: FeedbackWorld) -> None:
        recording = world.leave(new_feedback(metadata={**METADATA, "sessionId": "s-1", "price": 1.10})).recording

        shown = recording_out(recording, metadata_of(recording, media=world.media)).model_dump_json(by_alias=True)

        assert shown == (
            f'{{"id":"{recording.id}","status":"pending","sessionId":"s-1","createdAt":"2026-05-04T10:00:00Z",'
            f'"duration":12.5,"metadata":{metadata_of(recording, media=world.media).decode()}}}'
        )

    def test_the_list_is_the_users_own_newest_first(self, world: FeedbackWorld) -> None:
        ids = []
        for _ in range(5):
            ids.append(world.leave().recording.id)
            world.clock.advance(timedelta(seconds=1))
        for other in (known(BERT), known(CARL), NOBODY_KNOWN):
            world.leave(by=other)

        newest_first = ids[::-1]

        assert listed(world, ANNA) == newest_first
        assert [listed(world, ANNA, limit=2, offset=offset) for offset in (0, 2, 4, 6)] == [
            newest_first[:2],
            newest_first[2:4],
            newest_first[4:],
            [],
        ]
        assert listed(world, ANNA, offset=3) == newest_first[3:]

    def test_a_list_shows_as_much_as_it_must(self, world: FeedbackWorld) -> None:
        recording = world.leave().recording

        shown = recording_list([recording]).model_dump(mode="json", by_alias=True)

        one = {"id": recording.id, "status": "pending", "createdAt": "2026-05-04T10:00:00Z", "duration": 12.5}
        assert shown == {"recordings": [one]}


class TestClaiming:
    def test_it_becomes_the_callers_and_its_token_dies(self, world: FeedbackWorld) -> None:
        id = world.leave(by=NOBODY_KNOWN).recording.id

        claimed = claim(world, id, ANNA)

        assert (claimed.tenant_id, claimed.user_id) == ("acme", "anna")
        assert listed(world, ANNA) == [id]
        with pytest.raises(NotFound):
            find_visible(id, by=holder(id), recordings=world.recordings)
        with pytest.raises(NotFound):
            delete(world, id, holder(id))

    def test_a_second_claim_of_mine_changes_nothing(self, world: FeedbackWorld) -> None:
        id = world.leave(by=NOBODY_KNOWN).recording.id
        first = claim(world, id, ANNA)
        world.clock.advance(timedelta(minutes=1))

        assert claim(world, id, ANNA) == first == world.recording(id)

    def test_what_is_a_colleagues_is_told_so_and_what_is_a_strangers_is_not(self, world: FeedbackWorld) -> None:
        id = world.leave().recording.id

        with pytest.raises(AlreadyClaimed):
            claim(world, id, CARL)
        with pytest.raises(NotFound):
            claim(world, id, BERT)
        with pytest.raises(NotFound):
            claim(world, "00000000-0000-4000-8000-00000000cafe", ANNA)

    def test_of_two_at_once_one_gets_it(self, world: FeedbackWorld) -> None:
        id = world.leave(by=NOBODY_KNOWN).recording.id
        world.recordings.interrupt(lambda: claim(world, id, CARL))

        with pytest.raises(AlreadyClaimed):
            claim(world, id, ANNA)

        assert world.recording(id).user_id == "carl"

    def test_a_recording_of_another_family_cannot_be_claimed(self, world: FeedbackWorld) -> None:
        recording = world.leave(by=NOBODY_KNOWN).recording
        world.recordings.put(replace(recording, family=Family.SESSIONS))

        with pytest.raises(NotFound):
            claim(world, recording.id, ANNA)


class TestDeleting:
    @pytest.mark.parametrize("is_claimed", [True, False], ids=["by its owner", "by its token"])
    def test_nothing_of_it_stays(self, world: FeedbackWorld, is_claimed: bool) -> None:
        id = world.leave(by=known(ANNA) if is_claimed else NOBODY_KNOWN).recording.id
        world.media.upload(f"feedback/{id}/upload", b"video")
        visitor = known(ANNA) if is_claimed else holder(id)

        delete(world, id, visitor)

        assert world.media.objects == {}
        with pytest.raises(NotFound):
            delete(world, id, visitor)

    @pytest.mark.parametrize(
        "visitor", [known(BERT), known(CARL), NOBODY_KNOWN], ids=["stranger", "colleague", "nobody"]
    )
    def test_nobody_else_deletes_it(self, world: FeedbackWorld, visitor: Visitor) -> None:
        mine, nobodys = world.leave().recording.id, world.leave(by=NOBODY_KNOWN).recording.id

        for id in (mine, nobodys):
            with pytest.raises(NotFound):
                delete(world, id, visitor)

        assert len(world.recordings.all_of(Recording)) == 2

    def test_what_is_claimed_meanwhile_stays(self, world: FeedbackWorld) -> None:
        id = world.leave(by=NOBODY_KNOWN).recording.id
        world.recordings.interrupt(lambda: claim(world, id, ANNA))

        with pytest.raises(NotFound):
            delete(world, id, holder(id))

        assert world.recording(id).user_id == "anna"


class TestExpiring:
    def test_what_nobody_claims_goes_after_a_week(self, world: FeedbackWorld) -> None:
        old = world.leave(by=NOBODY_KNOWN).recording
        claimed, mine = world.leave(by=NOBODY_KNOWN).recording, world.leave().recording
        claim(world, claimed.id, BERT)
        world.clock.advance(timedelta(seconds=1))
        young = world.leave(by=NOBODY_KNOWN).recording
        world.clock.advance(UNCLAIMED_KEPT_FOR - timedelta(seconds=1))

        assert expire(world) == Swept(looked_at=1, changed=1)

        assert {one.id for one in world.recordings.all_of(Recording)} == {claimed.id, mine.id, young.id}
        assert not any(old.id in name for name in world.media.names(Bucket.MEDIA))

    def test_page_after_page_goes(self, world: FeedbackWorld) -> None:
        recording = world.leave(by=NOBODY_KNOWN).recording
        world.recordings.put(*(replace(recording, id=f"f{number}") for number in range(PAGE + 5)))
        world.clock.advance(UNCLAIMED_KEPT_FOR)

        assert expire(world).changed == PAGE + 6

        assert world.recordings.all_of(Recording) == []

    def test_what_is_claimed_or_gone_meanwhile_is_left_alone(self, world: FeedbackWorld) -> None:
        first, second = (world.leave(by=NOBODY_KNOWN).recording.id for _ in range(2))
        world.clock.advance(UNCLAIMED_KEPT_FOR)
        others: list[Callable[[], Any]] = [
            lambda: claim(world, first, ANNA),
            lambda: None,  # the transaction of the claim
            lambda: expire(world),
        ]
        for other in others:
            world.recordings.interrupt(other)

        assert expire(world).looked_at == 2

        assert [one.id for one in world.recordings.all_of(Recording)] == [first]
        assert second not in listed(world, ANNA)

    def test_it_stops_in_time_and_goes_on_the_next_time(self, world: FeedbackWorld) -> None:
        for _ in range(3):
            world.leave(by=NOBODY_KNOWN)
        world.clock.advance(UNCLAIMED_KEPT_FOR)
        slow = SlowClock(world.clock.now(), WORKS_FOR / 3)

        assert expire(world, slow).changed < 3
        assert expire(world).changed > 0
        assert world.recordings.all_of(Recording) == []

    def test_a_lost_answer_harms_nothing_and_stops_nothing(self, world: FeedbackWorld) -> None:
        world.leave(by=NOBODY_KNOWN)
        world.leave(by=NOBODY_KNOWN)
        world.clock.advance(UNCLAIMED_KEPT_FOR)
        world.recordings.lose_answer()

        assert expire(world) == Swept(looked_at=2, changed=1, failed=1)
        assert expire(world) == Swept()
        assert world.recordings.all_of(Recording) == []


class SlowClock(FakeClock):
    """A clock that goes on whenever it is looked at."""

    def __init__(self, now: Any, step: timedelta) -> None:
        super().__init__(now)
        self._step = step

    def now(self) -> Any:
        self.advance(self._step)
        return super().now()
