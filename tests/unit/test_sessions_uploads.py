"""From a form to a running session: what is taken, what is refused, and that nothing stays of what was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from shared.edge.forms import MultipartForm
from shared.errors import Conflict, InvalidRequest, Upstream
from shared.recordings.deleting import delete_recording
from shared.recordings.grants import UploadGrant
from shared.recordings.idempotency import Once, OnceRecord, StillInProgress
from shared.recordings.objects import UploadName
from shared.recordings.recording import Bucket, Caller, Family, Recording, State, StoredObject
from shared.recordings.runs import QUEUE_PATIENCE, Run, RunState, cancel
from shared.recordings.sweeps import requeue_stalled
from shared.recordings.waiting import wait_for_run
from shared.sessions import uploads
from shared.sessions.domain import GRANT_LIFETIME, MAX_VIDEO_BYTES, AgentTarget, SessionDetails
from shared.sessions.failures import ProcessingFailed
from shared.sessions.service import details_of, update_settings
from shared.sessions.uploads import Uploaded, finish_upload, grant_upload
from shared.structs import replace
from tests.unit import forms
from tests.unit.examples import ANNA, BERT
from tests.unit.fake_media import FakeMedia
from tests.unit.fakes import START
from tests.unit.pictures import CHECKOUT
from tests.unit.session_examples import CARL, MKV, MP4, WEBM, SessionWorld, upload_form


@pytest.fixture
def world() -> SessionWorld:
    return SessionWorld()


def upload_name(id: str) -> str:
    return UploadName(Family.SESSIONS, id).render()


def refused(world: SessionWorld, form: MultipartForm, *, by: Caller = ANNA) -> str:
    """Which field is refused, seeing to it that nothing stays."""
    documents, objects = dict(world.recordings.documents), dict(world.media.objects)
    with pytest.raises(InvalidRequest) as refusal:
        world.upload(form, by=by)
    assert world.recordings.documents == documents
    assert world.media.objects == objects
    assert world.tasks.waiting == {}
    return refusal.value.problems[0].field if refusal.value.problems else refusal.value.message


class TestFiles:
    def test_a_video_becomes_a_session_that_is_being_processed(self, world: SessionWorld) -> None:
        form = upload_form(notes="as seen", durationMs="12600")
        uploaded = world.upload(form)

        id = uploaded.recording.id
        recording, stored = world.recording(id), world.media.describe(Bucket.UPLOADS, upload_name(id))
        assert (uploaded.recording, uploaded.run) == (recording, world.run(recording.current_run or ""))
        assert stored is not None
        assert (recording.state, recording.upload, recording.upload_deadline) == (State.PROCESSING, stored, None)
        assert [(move.cause, move.actor) for move in recording.history] == [("created", "user:anna")]
        assert details_of(recording) == SessionDetails(
            title="Checkout",
            agent_target=AgentTarget.CLAUDE_CODE,
            seed_url=CHECKOUT,
            notes="as seen",
            duration_s=13,
            mime_type="video/webm",
            file_size=len(WEBM),
            form_digest=form.digest,
        )
        assert world.media.open(stored).read() == WEBM

    def test_its_run_reads_exactly_what_was_uploaded_and_its_first_steps_are_queued(self, world: SessionWorld) -> None:
        uploaded = world.upload(upload_form())

        assert (uploaded.run.pipeline, uploaded.run.source) == ("session_from_video", uploaded.recording.upload)
        assert {task.step for task in uploaded.run.tasks()} == {"pin_upload", "inspect_pages"}
        assert set(world.tasks.waiting.values()) == set(uploaded.run.tasks())

    @pytest.mark.parametrize(
        ("content", "mime_type"), [(WEBM, "video/webm"), (MKV, "video/x-matroska"), (MP4, "video/mp4")]
    )
    def test_the_bytes_say_what_kind_of_video_it_is(self, world: SessionWorld, content: bytes, mime_type: str) -> None:
        uploaded = world.upload(upload_form(content))

        assert uploaded.recording.upload is not None
        assert uploaded.recording.upload.content_type == details_of(uploaded.recording).mime_type == mime_type

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"x",
            b"\x1a\x45\xdf",
            b"RIFF\x00\x00\x00\x00AVI " + bytes(100),
            b"<html>",
            b"ftyp" + bytes(20),
            b"GIF89a",
        ],
    )
    def test_what_is_no_video_is_refused_whatever_it_is_called(self, world: SessionWorld, content: bytes) -> None:
        assert refused(world, upload_form(content)) == "file"

    def test_the_prompt_is_for_the_accounts_own_agent_unless_the_form_names_one(self, world: SessionWorld) -> None:
        update_settings({"default_agent": AgentTarget.CODEX}, by=ANNA, recordings=world.recordings)

        assert details_of(world.upload(upload_form()).recording).agent_target is AgentTarget.CODEX
        named = world.upload(upload_form(agentTarget="RAW"))
        assert details_of(named.recording).agent_target is AgentTarget.RAW

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            (lambda: upload_form(None), "file"),
            (lambda: upload_form(without=["title"]), "title"),
            (lambda: upload_form(title=""), "title"),
            (lambda: upload_form(title="x" * 501), "title"),
            (lambda: upload_form(without=["seedUrl"]), "seedUrl"),
            (lambda: upload_form(seedUrl="/checkout"), "seedUrl"),
            (lambda: upload_form(seedUrl="ftp://shop.example/"), "seedUrl"),
            (lambda: upload_form(seedUrl="javascript:alert(1)"), "seedUrl"),
            (lambda: upload_form(seedUrl="https://intranet.example/"), "seedUrl"),
            (lambda: upload_form(notes="x" * 2001), "notes"),
            (lambda: upload_form(agentTarget="GPT"), "agentTarget"),
            (lambda: upload_form(durationMs="-1"), "durationMs"),
            (lambda: upload_form(durationMs="a while"), "durationMs"),
            (lambda: upload_form(durationMs=str(2**64)), "durationMs"),
            (lambda: upload_form(uploadId="sess_../../x"), "uploadId"),
            (lambda: upload_form(uploadId="sess_UNKNOWN1"), "uploadId"),
            (lambda: upload_form(None, uploadId="sess_UNKNOWN1"), "uploadId"),
            (lambda: upload_form(seed_url=CHECKOUT), "seed_url"),
            (lambda: upload_form(unknown="x"), "unknown"),
        ],
    )
    def test_what_is_not_valid_is_refused_by_name_and_nothing_stays(
        self, world: SessionWorld, form: Callable[[], MultipartForm], field: str
    ) -> None:
        world.guard.private.add("intranet")

        assert refused(world, form()) == field

    def test_limits_are_still_valid(self, world: SessionWorld) -> None:
        uploaded = world.upload(upload_form(title="x" * 500, notes="é" * 2000, durationMs="0"))

        assert len(details_of(uploaded.recording).notes) == 2000

    def test_a_video_that_is_too_large_is_refused_and_nothing_stays(
        self, world: SessionWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "MAX_VIDEO_BYTES", len(WEBM) - 1)

        assert refused(world, upload_form()) == "file"

    def test_a_body_that_is_cut_short_leaves_nothing(self, world: SessionWorld) -> None:
        body = forms.form(forms.field("title", "Checkout"), forms.field("seedUrl", CHECKOUT), forms.file(WEBM))
        cut = MultipartForm(forms.request(body[:-10], sizes=(70,)), cap_bytes=None)

        assert "not a whole multipart form" in refused(world, cut)


class TestOutages:
    def test_a_session_whose_commit_was_not_answered_keeps_its_file_and_is_processed(self, world: SessionWorld) -> None:
        world.recordings.lose_answer()

        with pytest.raises(Upstream):
            world.upload(upload_form())
        world.clock.advance(QUEUE_PATIENCE)
        requeue_stalled(recordings=world.recordings, tasks=world.tasks, now=world.clock.now())

        (recording,) = world.recordings.all_of(Recording)
        assert world.media.names(Bucket.UPLOADS) == [upload_name(recording.id)]
        assert {task.step for task in world.tasks.waiting.values()} == {"pin_upload", "inspect_pages"}

    def test_a_queue_that_is_down_delays_a_session_and_loses_nothing(self, world: SessionWorld) -> None:
        world.tasks.is_down = True
        with pytest.raises(Upstream):
            world.upload(upload_form())
        world.tasks.is_down = False
        world.clock.advance(QUEUE_PATIENCE)

        requeue_stalled(recordings=world.recordings, tasks=world.tasks, now=world.clock.now())

        assert {task.step for task in world.tasks.waiting.values()} == {"pin_upload", "inspect_pages"}
        assert len(world.media.names(Bucket.UPLOADS)) == 1

    def test_a_contended_commit_makes_one_session(self, world: SessionWorld) -> None:
        world.recordings.conflict(2)

        uploaded = world.upload(upload_form())

        assert world.recordings.all_of(Recording) == [uploaded.recording]
        assert world.recordings.all_of(Run) == [uploaded.run]


class TestGranting:
    def test_leave_to_upload_is_one_users_for_a_day_and_the_url_for_an_hour(self, world: SessionWorld) -> None:
        id = world.grant()

        (grant,) = world.recordings.all_of(UploadGrant)
        assert grant == UploadGrant(
            id=id,
            family=Family.SESSIONS,
            tenant_id="acme",
            user_id="anna",
            content_type="video/webm",
            expire_at=START + timedelta(hours=24),
        )

    def test_the_url_takes_the_file_where_the_session_will_look_for_it(self, world: SessionWorld) -> None:
        grant, url = grant_upload(
            "video/mp4",
            by=ANNA,
            once=Once(),
            recordings=world.recordings,
            media=world.media,
            ids=world.ids,
            now=START,
        )

        assert url == f"https://storage.test/uploads/sessions/{grant.id}/upload?method=PUT&expires_in_s=3600"

    def test_a_replay_gives_the_same_upload_id(self, world: SessionWorld) -> None:
        first = world.grant()

        assert world.grant(once=Once(made=first)) == first
        assert len(world.recordings.all_of(UploadGrant)) == 1

    def test_the_key_is_remembered_with_the_grant_or_not_at_all(self, world: SessionWorld) -> None:
        record = OnceRecord(id="once1", body_hash="hash", expire_at=START + timedelta(seconds=60))
        world.recordings.put(record)

        id = world.grant(once=Once(record=record))
        with pytest.raises(StillInProgress):
            world.grant(once=Once(record=record))

        assert [one.resource_id for one in world.recordings.all_of(OnceRecord)] == [id]
        assert [one.id for one in world.recordings.all_of(UploadGrant)] == [id]


class TestUploadIds:
    def test_what_was_put_becomes_the_session_of_that_id(self, world: SessionWorld) -> None:
        id = world.grant()
        stored = world.put(id, MP4)

        uploaded = world.upload(upload_form(None, uploadId=id))

        assert uploaded.recording.id == id
        assert uploaded.run.source == uploaded.recording.upload == replace(stored, content_type="video/mp4")
        assert details_of(uploaded.recording).mime_type == "video/mp4"
        assert details_of(uploaded.recording).file_size == len(MP4)

    @pytest.mark.parametrize("by", [CARL, BERT], ids=["colleague", "another tenant"])
    def test_an_upload_id_is_its_users_alone(self, world: SessionWorld, by: Caller) -> None:
        id = world.grant()
        world.put(id)

        assert refused(world, upload_form(None, uploadId=id), by=by) == "uploadId"
        assert world.upload(upload_form(None, uploadId=id)).recording.id == id

    def test_an_upload_id_is_over_after_a_day_and_not_before(self, world: SessionWorld) -> None:
        early, late = world.grant(), world.grant()
        for id in (early, late):
            world.put(id)
        world.clock.advance(GRANT_LIFETIME - timedelta(seconds=1))
        world.upload(upload_form(None, uploadId=early))
        world.tasks.waiting.clear()
        world.clock.advance(timedelta(seconds=1))

        assert refused(world, upload_form(None, uploadId=late)) == "uploadId"

    @pytest.mark.parametrize("size_bytes", [0, MAX_VIDEO_BYTES + 1])
    def test_a_file_of_no_or_too_many_bytes_is_refused(self, world: SessionWorld, size_bytes: int) -> None:
        id = world.grant()
        world.put(id, size_bytes=size_bytes)

        assert refused(world, upload_form(None, uploadId=id)) == "file"

    def test_a_file_of_exactly_the_cap_is_taken(self, world: SessionWorld) -> None:
        id = world.grant()
        world.put(id, size_bytes=MAX_VIDEO_BYTES)

        assert world.upload(upload_form(None, uploadId=id)).recording.id == id

    def test_a_file_that_never_came_or_is_no_video_is_refused_and_may_be_sent_again(self, world: SessionWorld) -> None:
        id = world.grant()

        assert refused(world, upload_form(None, uploadId=id)) == "file"
        world.put(id, b"<html>")
        assert refused(world, upload_form(None, uploadId=id)) == "file"
        world.put(id)
        assert world.upload(upload_form(None, uploadId=id)).recording.id == id

    def test_a_file_and_an_upload_id_together_are_refused_and_the_upload_may_still_be_named(
        self, world: SessionWorld
    ) -> None:
        id = world.grant()
        world.put(id)

        assert refused(world, upload_form(WEBM, uploadId=id)) == "uploadId"
        assert world.upload(upload_form(None, uploadId=id)).recording.id == id

    def test_a_private_address_is_refused_and_the_upload_may_still_be_named(self, world: SessionWorld) -> None:
        world.guard.private.add("10.0.0.1")
        id = world.grant()
        world.put(id)

        assert refused(world, upload_form(None, uploadId=id, seedUrl="http://10.0.0.1/")) == "seedUrl"
        assert world.upload(upload_form(None, uploadId=id)).recording.id == id

    def test_an_upload_id_becomes_one_session(self, world: SessionWorld) -> None:
        id = world.grant()
        world.put(id)
        first = world.upload(upload_form(None, uploadId=id))

        with pytest.raises(Conflict):
            world.upload(upload_form(None, uploadId=id, title="Again"))

        self._assert_untouched(world, first)

    def test_an_upload_id_that_is_used_twice_at_the_same_moment_becomes_one_session(self, world: SessionWorld) -> None:
        id = world.grant()
        world.put(id)
        first: list[Uploaded] = []
        world.recordings.interrupt(lambda: None)  # the look at the grant
        world.recordings.interrupt(lambda: first.append(world.upload(upload_form(None, uploadId=id))))

        with pytest.raises(Conflict):
            world.upload(upload_form(None, uploadId=id, title="Again"))

        self._assert_untouched(world, first[0])

    def test_an_upload_id_whose_session_was_deleted_is_over(self, world: SessionWorld) -> None:
        id = world.grant()
        world.put(id)
        world.upload(upload_form(None, uploadId=id))
        now = world.clock.now()
        delete_recording(id, family=Family.SESSIONS, by=ANNA, recordings=world.recordings, media=world.media, now=now)
        world.put(id)

        with pytest.raises(Conflict):
            world.upload(upload_form(None, uploadId=id))

        assert world.recordings.find(id) is None

    def test_a_file_that_is_replaced_while_it_is_looked_at_is_refused_for_now(self, world: SessionWorld) -> None:
        id = world.grant()
        world.media = BeingReplaced(world.clock)
        world.put(id)

        with pytest.raises(InvalidRequest, match="file: is being uploaded again"):
            world.upload(upload_form(None, uploadId=id))

    @staticmethod
    def _assert_untouched(world: SessionWorld, first: Uploaded) -> None:
        assert world.recordings.all_of(Recording) == [first.recording]
        assert world.recordings.all_of(Run) == [first.run]
        assert world.media.names(Bucket.UPLOADS) == [upload_name(first.recording.id)]


class BeingReplaced(FakeMedia):
    """A client puts another file between two looks."""

    def describe(self, bucket: Bucket, name: str) -> StoredObject | None:
        found = super().describe(bucket, name)
        if found is not None:
            self.upload(name, WEBM)
        return found


class TestWaiting:
    def test_a_session_whose_run_is_done_is_given(self, world: SessionWorld) -> None:
        uploaded = world.upload(upload_form())
        self._end(world, uploaded, State.READY, state=RunState.DONE)

        found = finish_upload(uploaded, recordings=world.recordings)

        assert found == world.recording(uploaded.recording.id)
        assert found.state is State.READY

    def test_a_session_that_could_not_be_processed_says_why_and_how_long_it_took(self, world: SessionWorld) -> None:
        uploaded = world.upload(upload_form())
        world.clock.advance(timedelta(milliseconds=1500))
        world.fail(world.take(uploaded.run.id, "pin_upload"), message="The file is broken.")

        with pytest.raises(ProcessingFailed) as failure:
            finish_upload(uploaded, recordings=world.recordings)

        assert failure.value.status == 500
        assert failure.value.session_id == uploaded.recording.id
        assert (failure.value.message, failure.value.processing_ms) == ("The file is broken.", 1500)
        assert world.recording(uploaded.recording.id).state is State.FAILED

    def test_a_session_that_was_deleted_meanwhile_says_so(self, world: SessionWorld) -> None:
        uploaded = world.upload(upload_form())
        world.recordings.put(cancel(uploaded.run, now=START))

        with pytest.raises(ProcessingFailed, match="deleted"):
            finish_upload(uploaded, recordings=world.recordings)

    def test_a_session_that_takes_too_long_is_left_to_itself(
        self, world: SessionWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "wait_for_run", partial(wait_for_run, patience=timedelta(0)))
        uploaded = world.upload(upload_form())

        assert finish_upload(uploaded, recordings=world.recordings) is None

    @staticmethod
    def _end(world: SessionWorld, uploaded: Uploaded, moved_to: State, *, state: RunState) -> None:
        ended = replace(uploaded.run, state=state, ended_at=world.clock.now())
        world.recordings.put(replace(uploaded.recording, state=moved_to), ended)
