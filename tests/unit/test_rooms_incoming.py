"""A webhook is a hint: it makes us ask the provider once, and nothing else, whoever sends it and however often."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.datastructures import Headers

from shared.adapters.ready_policy import SettledReadyPolicy
from shared.edge.signed import ReceivedBody
from shared.errors import InvalidRequest, Unauthorized, Upstream
from shared.ports.meetings import MeetingUnavailable, ProviderState
from shared.recordings.idempotency import Once
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run
from shared.rooms.domain import ProviderLink, ProviderThing, ReceivedWebhook
from shared.rooms.files.ready_files import find_anywhere
from shared.rooms.reading import details_of
from shared.rooms.starting import start_recording
from shared.rooms.webhooks.incoming import look_into, receive_ready, receive_realtimekit
from shared.rooms.webhooks.incoming_api import RealtimeKitNews, RecordingReady
from tests.unit.examples import ANNA
from tests.unit.fakes import START
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, RoomWorld, room

PROVIDER_ID = "11111111-0000-4000-8000-000000000001"
SECRET = "ready-secret"
URL = "https://files.example/1.mp4?signature=private"
POLICY = SettledReadyPolicy(secret=SECRET, hosts=("files.example", "127.0.0.1:9"))


@cache
def private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Keys:
    """The provider's key, if it can be had."""

    is_down: bool = False

    def key(self) -> str:
        if self.is_down:
            raise MeetingUnavailable("the key is not to be had")
        public = private_key().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def key_after(self, refused: str) -> str | None:
        return None


@pytest.fixture
def world() -> RoomWorld:
    world = RoomWorld()
    meeting = ProviderLink(thing=ProviderThing.MEETING, provider_id=MEETING_ID, room_id=ROOM_ID, created_at=START)
    world.rooms.put(room(), meeting)
    return world


def update(**changes: Any) -> dict[str, Any]:
    """The body of a status update, in the provider's usual spelling."""
    recording = {"id": PROVIDER_ID, "recordingId": PROVIDER_ID, "status": "UPLOADED", "meetingId": MEETING_ID}
    return {"event": "recording.statusUpdate", "recording": recording, "meeting": {"id": MEETING_ID}, **changes}


def send(
    world: RoomWorld,
    body: Mapping[str, Any] | bytes,
    *,
    uuid: str | None = "uuid-1",
    keys: Keys | None = None,
    **headers: str | None,
) -> None:
    """Send a webhook of RealtimeKit, signed unless `signature` says otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = base64.b64encode(private_key().sign(raw, PKCS1v15(), SHA256())).decode()
    sent = {"rtk-signature": signature, "rtk-uuid": uuid} | {
        name.replace("_", "-"): text for name, text in headers.items()
    }
    signed = ReceivedBody(
        raw, Headers({name: text for name, text in sent.items() if text is not None}), RealtimeKitNews
    )
    receive_realtimekit(signed, keys=keys or Keys(), rooms=world.rooms, tasks=world.tasks, now=world.clock.now())


def send_ready(
    world: RoomWorld, *, policy: SettledReadyPolicy = POLICY, signature: str | None = "right", **changes: Any
) -> None:
    """Send word that a recording is ready."""
    body = {
        "type": "recording.ready",
        "recording_id": PROVIDER_ID,
        "meeting_id": MEETING_ID,
        "url": URL,
        "duration_seconds": 60,
        "size_bytes": 1000,
        "content_type": "video/mp4",
    } | changes
    raw = json.dumps(body).encode()
    right = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = (
        Headers()
        if signature is None
        else Headers({"X-Cloudflare-Signature": right if signature == "right" else signature})
    )
    receive_ready(
        ReceivedBody(raw, headers, RecordingReady),
        policy=policy,
        rooms=world.rooms,
        tasks=world.tasks,
        now=world.clock.now(),
    )


def deliver(world: RoomWorld) -> None:
    """Make every call that is on the queue."""
    for name, call in list(world.tasks.calls.items()):
        look_into(
            call.arguments["provider_id"],
            room_id=call.arguments["room_id"],
            rooms=world.rooms,
            meetings=world.meetings,
            tasks=world.tasks,
            ids=world.ids,
            now=world.clock.now(),
        )
        del world.tasks.calls[name]


def calls(world: RoomWorld) -> list[Mapping[str, str]]:
    return [call.arguments for call in world.tasks.calls.values()]


def test_a_signed_webhook_makes_us_ask_about_its_recording(world: RoomWorld) -> None:
    send(world, update())

    assert calls(world) == [{"room_id": ROOM_ID, "provider_id": PROVIDER_ID}]


@pytest.mark.parametrize(
    "body",
    [
        update(recording={"recordingId": PROVIDER_ID, "meetingId": MEETING_ID}),
        update(recording={"recording_id": PROVIDER_ID, "meeting_id": MEETING_ID}),
        update(recording={"id": PROVIDER_ID}),
        update(recording={"id": PROVIDER_ID, "meetingId": None, "fileSize": "12", "downloadUrl": None}),
    ],
    ids=["camelCase", "snake_case", "meeting beside it", "with nulls"],
)
def test_every_spelling_is_understood(world: RoomWorld, body: dict[str, Any]) -> None:
    send(world, body)

    assert calls(world) == [{"room_id": ROOM_ID, "provider_id": PROVIDER_ID}]


def test_an_older_header_signs_too(world: RoomWorld) -> None:
    raw = json.dumps(update()).encode()
    signature = base64.b64encode(private_key().sign(raw, PKCS1v15(), SHA256())).decode()

    send(world, raw, rtk_signature=None, dyte_signature=signature)

    assert len(calls(world)) == 1


@pytest.mark.parametrize("signature", [None, ""], ids=["none", "empty"])
def test_without_a_signature_a_webhook_is_no_request(world: RoomWorld, signature: str | None) -> None:
    with pytest.raises(InvalidRequest):
        send(world, update(), rtk_signature=signature)

    assert calls(world) == []


@pytest.mark.parametrize("signature", ["AAAA", "not base64", base64.b64encode(bytes(256)).decode()], ids=str)
def test_a_forged_webhook_is_refused_before_it_is_read(world: RoomWorld, signature: str) -> None:
    with pytest.raises(Unauthorized):
        send(world, b"{", rtk_signature=signature)

    assert calls(world) == []
    assert world.rooms.all_of(ReceivedWebhook) == []


def test_the_same_delivery_twice_is_one(world: RoomWorld) -> None:
    send(world, update())
    world.tasks.calls.clear()
    world.tasks._remembered.clear()

    send(world, update())

    assert calls(world) == []


def test_another_body_under_the_same_uuid_is_another_webhook(world: RoomWorld) -> None:
    other = "11111111-0000-4000-8000-000000000002"

    send(world, update())
    send(world, update(recording={"id": other}))

    assert [call["provider_id"] for call in calls(world)] == [PROVIDER_ID, other]


def test_the_same_body_under_another_uuid_is_looked_into_again(world: RoomWorld) -> None:
    send(world, update(), uuid="uuid-1")
    send(world, update(), uuid="uuid-2")

    assert len(calls(world)) == 2


def test_a_webhook_that_could_not_be_queued_is_not_taken_for_seen(world: RoomWorld) -> None:
    world.tasks.is_down = True
    with pytest.raises(Upstream) as failed:
        send(world, update())
    world.tasks.is_down = False

    send(world, update())

    assert failed.value.status >= 500
    assert len(calls(world)) == 1


def test_a_key_that_is_not_to_be_had_is_no_refusal(world: RoomWorld) -> None:
    with pytest.raises(Upstream) as failed:
        send(world, update(), keys=Keys(is_down=True))

    assert failed.value.status >= 500


def test_a_meeting_of_no_room_is_taken_and_counted_in_the_log(
    world: RoomWorld, caplog: pytest.LogCaptureFixture
) -> None:
    send(world, update(recording={"id": PROVIDER_ID, "meetingId": "other"}))

    assert calls(world) == []
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "a webhook was about a meeting of no room"
    ]


@pytest.mark.parametrize(
    "body",
    [{"event": "meeting.ended", "meeting": {"id": MEETING_ID}}, update(recording=None), update(recording={})],
    ids=["another event", "no recording", "no id"],
)
def test_a_webhook_about_something_else_is_passed_over(world: RoomWorld, body: dict[str, Any]) -> None:
    send(world, body)

    assert calls(world) == []


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"recording": {}}', b'{"event": 7}'], ids=repr)
def test_what_is_no_webhook_is_a_bad_request_though_it_is_signed(world: RoomWorld, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        send(world, body)


def test_an_id_that_could_leave_its_document_is_refused(world: RoomWorld) -> None:
    with pytest.raises(InvalidRequest):
        send(world, update(recording={"id": "../../rooms/1", "meetingId": MEETING_ID}))


def test_only_what_the_provider_answers_is_believed(world: RoomWorld) -> None:
    world.meetings.begin(MEETING_ID)  # it is being recorded, whatever the webhook says

    send(world, update())
    deliver(world)

    (recording,) = world.rooms.all_of(Recording)
    assert recording.state is State.CAPTURING
    assert details_of(recording).provider_id == PROVIDER_ID


def test_a_webhook_that_comes_before_the_answer_to_our_start_adopts_it(world: RoomWorld) -> None:
    def hear() -> None:
        send(world, update())
        deliver(world)

    world.meetings.during_next_call(hear)

    started = start_recording(
        ROOM_ID,
        by=ANNA,
        once=Once(),
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        clock=world.clock,
    )

    assert world.rooms.all_of(Recording) == [started]
    assert details_of(started).provider_id == PROVIDER_ID
    assert [move.actor for move in started.history] == [ANNA.actor]


def test_a_recording_that_the_provider_does_not_know_comes_to_nothing(world: RoomWorld) -> None:
    send(world, update())
    deliver(world)

    assert world.rooms.all_of(Recording) == []


def test_word_that_a_file_is_ready_makes_us_ask_the_provider(world: RoomWorld) -> None:
    begun = world.meetings.begin(MEETING_ID)
    world.meetings.advance(begun.id, ProviderState.UPLOADED)

    send_ready(world)
    deliver(world)

    found = find_anywhere(PROVIDER_ID, meetings=world.meetings, rooms=world.rooms)
    assert found == world.meetings.recordings[PROVIDER_ID]
    assert len(world.rooms.all_of(Run)) == 1


def test_a_ready_file_that_the_provider_does_not_know_is_taken_from_where_it_is_said_to_be(world: RoomWorld) -> None:
    send_ready(world)
    deliver(world)

    (recording,) = world.rooms.all_of(Recording)
    found = find_anywhere(PROVIDER_ID, meetings=world.meetings, rooms=world.rooms)
    assert found is not None
    assert (found.download_url, found.size_bytes) == (URL, 1000)
    assert recording.state is State.PROCESSING
    assert "private" not in repr(recording)
    assert len(world.rooms.all_of(Run)) == 1


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://files.example/1.mp4",
        "https://elsewhere.example/1.mp4",
        "https://files.example.evil.example/1.mp4",
        "https://files.example@evil.example/1.mp4",
        "https://evil@files.example/1.mp4",
        "https://files.example:8443/1.mp4",
        "ftp://files.example/1.mp4",
        "http://[files.example/1.mp4",
        "",
    ],
    ids=repr,
)
def test_a_file_is_taken_from_no_other_place(world: RoomWorld, url: str | None) -> None:
    send_ready(world, url=url)
    deliver(world)

    assert find_anywhere(PROVIDER_ID, meetings=world.meetings, rooms=world.rooms) is None
    assert world.rooms.all_of(Recording) == []


def test_this_very_machine_needs_no_encryption(world: RoomWorld) -> None:
    send_ready(world, url="http://127.0.0.1:9/1.mp4")

    assert find_anywhere(PROVIDER_ID, meetings=world.meetings, rooms=world.rooms) is not None


@pytest.mark.parametrize(
    ("signature", "failure"),
    [(None, InvalidRequest), ("", InvalidRequest), ("00" * 32, Unauthorized), ("é", Unauthorized)],
    ids=repr,
)
def test_word_that_is_not_signed_with_the_secret_is_refused(
    world: RoomWorld, signature: str | None, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        send_ready(world, signature=signature)

    assert calls(world) == []
    assert world.rooms.all_of(ReceivedWebhook) == []


def test_without_a_secret_nobodys_word_is_taken(world: RoomWorld) -> None:
    with pytest.raises(Unauthorized):
        send_ready(world, policy=SettledReadyPolicy(secret=None, hosts=("files.example",)))


def test_the_same_word_twice_is_one_and_is_forgotten_in_the_end(world: RoomWorld) -> None:
    send_ready(world)
    send_ready(world)

    assert len(calls(world)) == 1
    assert {one.expire_at for one in world.rooms.all_of(ReceivedWebhook)} == {START + timedelta(days=7)}


def test_other_types_of_word_are_passed_over(world: RoomWorld) -> None:
    send_ready(world, type="recording.started")

    assert world.rooms.all_of(ReceivedWebhook) == []
