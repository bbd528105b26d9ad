"""Telling a tenant's server of a finished recording: what is said, under which signature, how often and how long."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from functions.steps.announce_recording import steps_announce_recording
from shared.edge.declarations import declaration_of
from shared.errors import Conflict, Forbidden, InvalidRequest, NotFound, PlayheadError, Upstream
from shared.recordings.calls import QueuedCall
from shared.recordings.codec import to_plain
from shared.recordings.files import StoredFile, Tier
from shared.recordings.outcomes import Done, Skipped
from shared.recordings.recording import State
from shared.rooms.domain import RETRY_AFTER, Delivery, DeliveryState, Tenant, WebhookTarget, file_key
from shared.rooms.reading import details_of
from shared.rooms.webhooks.announcement import sign
from shared.rooms.webhooks.announcing import announce
from shared.rooms.webhooks.attempts import INTERRUPTED, MOST_ATTEMPTS_KEPT, MOST_TRIES
from shared.rooms.webhooks.deliveries_api import DeliveryOut
from shared.rooms.webhooks.delivering import OVERDUE_AFTER, deliver_webhook, requeue_overdue
from shared.rooms.webhooks.redelivering import list_deliveries, redeliver
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START
from tests.unit.room_fakes import ADA, MEETING_ID, ROOM_ID, FakeSealing, RoomWorld, room_recording

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REC = "rec_aaaaaaaaaaaa0001"
DLV = "dlv_aaaaaaaaaaaa0001"
URL = "https://hooks.example/recordings"
FILE = StoredFile(tier=Tier.HOT, key=file_key(REC), size_bytes=1_000_000, etag="abc-1")
STOPPED = START - timedelta(minutes=1)
STARTED = STOPPED - timedelta(seconds=61.6)


@dataclass
class FakeSender:
    """Tenants' servers: what they were told, and what they answer, 200 when nothing is left."""

    posted: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    answers: list[int | Exception] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        self.posted.append((url, body, headers))
        if self.meanwhile:
            self.meanwhile.pop(0)()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body, _ in self.posted]


@dataclass
class SigningFiles:
    """A hot store that signs, and nothing else."""

    is_down: bool = False

    def signed_get(self, file: StoredFile, *, lifetime: timedelta, file_name: str) -> str:
        if self.is_down:
            raise PlayheadError("PLAYHEAD_R2_BUCKET is not set")
        return f"https://r2.example/{file.key}?name={file_name}&expires_in={lifetime.total_seconds():.0f}"


class Deliveries:
    """A tenant with a webhook, one finished recording, and the workers of the queue."""

    def __init__(self) -> None:
        self.world = RoomWorld()
        self.sender, self.files = FakeSender(), SigningFiles()
        self.world.rooms.put(
            room_recording(
                State.READY,
                id=REC,
                started_at=STARTED,
                stopped_at=STOPPED,
                ended_at=STOPPED,
                duration_seconds=61.6,
                size_bytes=FILE.size_bytes,
                file=FILE,
            )
        )
        self.want(WebhookTarget(url=URL, sealed_secret=FakeSealing().seal(SECRET)))

    def want(self, target: WebhookTarget | None) -> None:
        self.world.rooms.put(Tenant(id=ANNA.tenant_id, post_meeting_webhook=target))

    @property
    def target(self) -> WebhookTarget:
        tenant = self.world.rooms.find_tenant(ANNA.tenant_id)
        assert tenant is not None
        assert tenant.post_meeting_webhook is not None
        return tenant.post_meeting_webhook

    @property
    def delivery(self) -> Delivery:
        found = self.world.rooms.find_delivery(DLV)
        assert found is not None
        return found

    @property
    def calls(self) -> list[QueuedCall]:
        return list(self.world.tasks.calls.values())

    def announce(self) -> Delivery | None:
        recording = self.world.recording(REC)
        return announce(recording, rooms=self.world.rooms, tasks=self.world.tasks, now=self.world.clock.now())

    def deliver(self, call: QueuedCall) -> None:
        """One delivery of a call, which may come again."""
        world, files = self.world, self.files
        deliver_webhook(
            call.arguments,
            rooms=world.rooms,
            tasks=world.tasks,
            sealing=world.sealing,
            files=files,  # type: ignore[arg-type]  # nothing else of it is used
            sender=self.sender,
            clock=world.clock,
        )

    def deliver_next(self) -> None:
        """Let time pass until the newest call is due, and deliver it."""
        call = self.calls[-1]
        assert call.not_before is not None
        if call.not_before > self.world.clock.now():
            self.world.clock.advance(call.not_before - self.world.clock.now())
        self.deliver(call)

    def redeliver(self) -> Delivery:
        return redeliver(DLV, by=ADA, rooms=self.world.rooms, tasks=self.world.tasks, now=self.world.clock.now())

    def requeue(self) -> int:
        done = requeue_overdue(rooms=self.world.rooms, tasks=self.world.tasks, now=self.world.clock.now())
        return done.changed


@pytest.fixture
def deliveries() -> Deliveries:
    return Deliveries()


@pytest.mark.parametrize(
    ("body", "secret", "timestamp", "digest"),
    [
        # printf '%s.%s' TIMESTAMP BODY | openssl dgst -sha256 -hmac SECRET
        (
            '{"event":"meeting.recording_ready","meeting":{"name":"Geschäft 数学"}}'.encode(),
            SECRET,
            "1777888800",
            "456d113670378b64fb926fb840478ebdb5e2ad8855673f8b9f9385d6ad2c9c64",
        ),
        (
            b"",
            "whsec_ä schlüssel",
            "1777888800",
            "7df2d00a8291c1732042b14e80aefbbadf396406f18b0b225212384222b30add",
        ),
        (b"\x00\xff", "k", "0", "f8a7266b4811e3d469440aa14569ef7e6f751156eff7c1c04ed8af2a301546ac"),
    ],
    ids=["text", "empty", "bytes"],
)
def test_the_signature_is_what_openssl_makes_of_it(body: bytes, secret: str, timestamp: str, digest: str) -> None:
    assert sign(body, secret=secret, timestamp=timestamp) == f"sha256={digest}"


def test_a_finished_recording_is_told_as_the_contract_has_it(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.deliver_next()

    [(url, body, headers)] = deliveries.sender.posted
    timestamp = str(int(START.timestamp()))
    assert url == URL
    assert json.loads(body) == {
        "event": "meeting.recording_ready",
        "timestamp": "2026-05-04T10:00:00.000Z",
        "meeting": {
            "id": ROOM_ID,
            "name": "Algebra",
            "started_at": "2026-05-04T09:57:58.400Z",
            "ended_at": "2026-05-04T09:59:00.000Z",
            "duration_seconds": 62,
            "participant_count": None,
        },
        "participants": [],
        "recording": {
            "id": REC,
            "duration_seconds": 62,
            "size_bytes": 1_000_000,
            "download_url": f"https://r2.example/rooms/{REC}/recording.mp4?name={REC}.mp4&expires_in=86400",
            "expires_at": "2026-05-05T10:00:00.000Z",
        },
    }
    assert headers == {
        "Content-Type": "application/json",
        "User-Agent": "Playhead",
        "X-Chalk-Event": "meeting.recording_ready",
        "X-Chalk-Delivery-ID": DLV,
        "X-Chalk-Timestamp": timestamp,
        "X-Chalk-Signature": sign(body, secret=SECRET, timestamp=timestamp),
    }
    assert (deliveries.delivery.state, deliveries.delivery.next_attempt_at) == (DeliveryState.DELIVERED, None)
    assert [(one.status, one.error) for one in deliveries.delivery.attempts] == [(200, None)]


def test_the_tenant_decides_what_it_is_told(deliveries: Deliveries) -> None:
    target = deliveries.target
    deliveries.want(replace(target, include_recording=False, include_transcript=True, include_summary=True))

    deliveries.announce()
    deliveries.deliver_next()

    [body] = deliveries.sender.bodies
    assert list(body) == ["event", "timestamp", "meeting", "participants", "transcript", "summary"]
    assert (body["transcript"], body["summary"]) == (None, None)


def _archive(deliveries: Deliveries) -> None:
    recording = deliveries.world.recording(REC)
    archived = replace(details_of(recording), file=None, copy=replace(FILE, tier=Tier.COLD))
    deliveries.world.rooms.put(replace(recording, state=State.ARCHIVED, details=to_plain(archived)))


def _break_store(deliveries: Deliveries) -> None:
    deliveries.files.is_down = True


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (_archive, "recording: the file is archived; ask for it to be restored"),
        (_break_store, "recording: no download URL can be made now"),
    ],
    ids=["archived", "no store"],
)
def test_a_recording_without_a_download_url_is_told_with_the_reason(
    deliveries: Deliveries, trouble: Callable[[Deliveries], None], error: str
) -> None:
    deliveries.announce()
    trouble(deliveries)

    deliveries.deliver_next()

    [body] = deliveries.sender.bodies
    assert (body["recording"]["download_url"], body["recording"]["expires_at"]) == (None, None)
    assert body["errors"] == [error]
    assert body["meeting"]["id"] != MEETING_ID


def test_a_recording_is_announced_once_however_often_its_step_runs(deliveries: Deliveries) -> None:
    first = deliveries.announce()
    again = deliveries.announce()

    assert first == again
    assert len(deliveries.calls) == 1


def test_a_step_that_died_before_the_queue_knew_calls_again(deliveries: Deliveries) -> None:
    deliveries.world.tasks.is_down = True
    with pytest.raises(Upstream):
        deliveries.announce()
    deliveries.world.tasks.is_down = False

    deliveries.announce()
    deliveries.deliver_next()

    assert deliveries.delivery.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("is_disabled", [True, False], ids=["disabled", "absent"])
def test_a_tenant_that_wants_no_webhook_is_told_nothing(deliveries: Deliveries, is_disabled: bool) -> None:
    deliveries.want(replace(deliveries.target, enabled=False) if is_disabled else None)

    assert deliveries.announce() is None
    assert deliveries.calls == []


def test_a_tenant_that_never_said_anything_is_told_nothing() -> None:
    world = RoomWorld()

    announced = announce(room_recording(State.READY), rooms=world.rooms, tasks=world.tasks, now=START)

    assert announced is None


@pytest.mark.parametrize("answer", [500, 429, 503, 301, Upstream("the connection failed")], ids=str)
def test_a_delivery_that_fails_is_tried_at_its_times_and_then_has_failed(
    deliveries: Deliveries, answer: int | Exception
) -> None:
    deliveries.sender.answers = [answer] * MOST_TRIES
    deliveries.announce()

    for _ in range(MOST_TRIES):
        assert deliveries.delivery.state is DeliveryState.PENDING
        deliveries.deliver_next()

    attempts = deliveries.delivery.attempts
    assert [later.at - one.at for one, later in pairwise(attempts)] == list(RETRY_AFTER)
    assert len(deliveries.calls) == len(deliveries.sender.posted) == MOST_TRIES == 6
    assert (deliveries.delivery.state, deliveries.delivery.next_attempt_at) == (DeliveryState.FAILED, None)
    assert len({headers["X-Chalk-Delivery-ID"] for _, _, headers in deliveries.sender.posted}) == 1


def test_every_attempt_is_signed_anew_and_carries_a_new_url(deliveries: Deliveries) -> None:
    deliveries.sender.answers = [500]
    deliveries.announce()

    deliveries.deliver_next()
    deliveries.deliver_next()

    (_, _, before), (_, _, after) = deliveries.sender.posted
    assert int(after["X-Chalk-Timestamp"]) - int(before["X-Chalk-Timestamp"]) == 60
    assert [body["recording"]["expires_at"] for body in deliveries.sender.bodies] == [
        "2026-05-05T10:00:00.000Z",
        "2026-05-05T10:01:00.000Z",
    ]


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [(400, 400, None), (410, 410, None), (InvalidRequest("private address"), None, "private address")],
    ids=["400", "410", "refused"],
)
def test_what_cannot_help_is_not_tried_again(
    deliveries: Deliveries, answer: int | Exception, status: int | None, error: str | None
) -> None:
    deliveries.sender.answers = [answer]
    deliveries.announce()

    deliveries.deliver_next()

    assert deliveries.delivery.state is DeliveryState.FAILED
    assert [(one.status, one.error) for one in deliveries.delivery.attempts] == [(status, error)]
    assert len(deliveries.calls) == 1


def test_a_failure_of_ours_is_an_attempt_that_says_nothing_of_it(deliveries: Deliveries) -> None:
    deliveries.sender.answers = [PlayheadError("PLAYHEAD_SEALING_KEY is not set")]
    deliveries.announce()

    deliveries.deliver_next()

    assert [one.error for one in deliveries.delivery.attempts] == ["internal"]
    assert deliveries.delivery.next_attempt_at == START + RETRY_AFTER[0]


def test_a_call_that_comes_twice_makes_one_attempt(deliveries: Deliveries) -> None:
    deliveries.announce()
    call = deliveries.calls[0]
    deliveries.sender.answers = [500]
    deliveries.sender.meanwhile = [lambda: deliveries.deliver(call)]  # while the first is still under way

    deliveries.deliver(call)
    deliveries.deliver(call)

    assert len(deliveries.sender.posted) == len(deliveries.delivery.attempts) == 1
    assert [one.arguments["tries"] for one in deliveries.calls] == ["0", "1"]


def test_an_attempt_takes_as_long_as_it_takes(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.sender.meanwhile = [lambda: deliveries.world.clock.advance(timedelta(seconds=2.5))]

    deliveries.deliver_next()

    assert [one.duration_ms for one in deliveries.delivery.attempts] == [2500]


def test_a_recording_that_is_about_to_be_ready_is_waited_for(deliveries: Deliveries) -> None:
    ready = deliveries.world.recording(REC)
    deliveries.world.rooms.put(replace(ready, state=State.PROCESSING))
    deliveries.announce()

    with pytest.raises(Conflict):
        deliveries.deliver_next()
    deliveries.world.rooms.put(ready)
    deliveries.deliver_next()

    assert [one.status for one in deliveries.delivery.attempts] == [200]


def _delete_recording(deliveries: Deliveries) -> None:
    rooms, recording = deliveries.world.rooms, deliveries.world.recording(REC)
    rooms.transact(lambda transaction: transaction.remove(recording))


def _remove_webhook(deliveries: Deliveries) -> None:
    deliveries.want(None)


def _disable_webhook(deliveries: Deliveries) -> None:
    deliveries.want(replace(deliveries.target, enabled=False))


@pytest.mark.parametrize("end", [_delete_recording, _remove_webhook, _disable_webhook])
def test_nobody_is_told_of_what_was_deleted_or_is_not_wanted_any_more(
    deliveries: Deliveries, end: Callable[[Deliveries], None]
) -> None:
    deliveries.announce()
    end(deliveries)

    deliveries.deliver_next()

    assert deliveries.sender.posted == []
    assert (deliveries.delivery.state, len(deliveries.calls)) == (DeliveryState.FAILED, 1)
    assert deliveries.delivery.attempts[-1].error in (
        "the recording was deleted",
        "the webhook was removed or disabled",
    )


def test_a_webhook_that_has_moved_is_told_at_its_new_place_under_its_new_secret(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.want(WebhookTarget(url="https://new.example/", sealed_secret=FakeSealing().seal("whsec_new")))

    deliveries.deliver_next()

    [(url, body, headers)] = deliveries.sender.posted
    assert (url, deliveries.delivery.url) == ("https://new.example/", "https://new.example/")
    signed = sign(body, secret="whsec_new", timestamp=headers["X-Chalk-Timestamp"])
    assert headers["X-Chalk-Signature"] == signed


class WorkerKilled(BaseException):
    """The end of a worker in the middle of its work."""


def die() -> None:
    raise WorkerKilled


def test_a_worker_that_dies_while_it_posts_has_used_its_try_and_the_next_one_is_made(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.sender.meanwhile = [die]
    with pytest.raises(WorkerKilled):
        deliveries.deliver_next()

    deliveries.deliver(deliveries.calls[0])  # the queue was not answered, and delivers again
    deliveries.deliver_next()

    assert [one.error for one in deliveries.delivery.attempts] == [INTERRUPTED, None]
    assert deliveries.delivery.state is DeliveryState.DELIVERED


def test_a_delivery_whose_last_worker_died_fails_in_the_end(deliveries: Deliveries) -> None:
    deliveries.sender.answers = [500] * (MOST_TRIES - 1)
    deliveries.announce()
    for _ in range(MOST_TRIES - 1):
        deliveries.deliver_next()
    deliveries.sender.meanwhile = [die]
    with pytest.raises(WorkerKilled):
        deliveries.deliver_next()

    deliveries.world.clock.advance(timedelta(hours=1))
    assert deliveries.requeue() == 1
    deliveries.deliver(deliveries.calls[-1])

    assert len(deliveries.sender.posted) == MOST_TRIES
    assert deliveries.delivery.state is DeliveryState.FAILED
    assert deliveries.delivery.attempts[-1].error == INTERRUPTED


def test_a_delivery_whose_call_was_lost_is_called_for_again(deliveries: Deliveries) -> None:
    deliveries.world.tasks.is_down = True
    with pytest.raises(Upstream):
        deliveries.announce()
    deliveries.world.tasks.is_down = False

    deliveries.world.clock.advance(OVERDUE_AFTER - timedelta(seconds=1))
    assert deliveries.requeue() == 0
    deliveries.world.clock.advance(timedelta(seconds=1))

    assert [deliveries.requeue(), deliveries.requeue()] == [1, 0]
    deliveries.deliver_next()
    assert deliveries.delivery.state is DeliveryState.DELIVERED


def test_a_delivery_that_waits_for_its_time_is_not_overdue(deliveries: Deliveries) -> None:
    deliveries.sender.answers = [500] * 4
    deliveries.announce()
    for _ in range(4):
        deliveries.deliver_next()

    deliveries.world.clock.advance(RETRY_AFTER[3] - timedelta(minutes=1))

    assert deliveries.requeue() == 0


@pytest.mark.parametrize("answer", [200, 410])
def test_asking_for_a_redelivery_begins_the_tries_anew(deliveries: Deliveries, answer: int) -> None:
    deliveries.sender.answers = [answer, *[500] * (MOST_TRIES - 1)]
    deliveries.announce()
    deliveries.deliver_next()

    asked = deliveries.redeliver()
    for _ in range(MOST_TRIES):
        deliveries.deliver_next()

    assert (asked.state, asked.round, asked.tries) == (DeliveryState.PENDING, 2, 0)
    assert [one.status for one in deliveries.delivery.attempts] == [answer, *[500] * (MOST_TRIES - 1), 200]
    assert deliveries.delivery.state is DeliveryState.DELIVERED


def test_asking_twice_for_a_redelivery_is_asking_once(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.deliver_next()

    first, second = deliveries.redeliver(), deliveries.redeliver()

    assert first == second
    assert len(deliveries.calls) == 2


def test_a_redelivery_takes_the_place_of_a_retry_that_is_still_to_come(deliveries: Deliveries) -> None:
    deliveries.sender.answers = [500]
    deliveries.announce()
    deliveries.deliver_next()
    retry = deliveries.calls[-1]

    deliveries.redeliver()
    deliveries.deliver_next()
    deliveries.deliver(retry)

    assert [one.status for one in deliveries.delivery.attempts] == [500, 200]


def test_an_attempt_that_a_redelivery_overtook_decides_nothing(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.sender.answers = [400]
    deliveries.sender.meanwhile = [deliveries.redeliver]
    deliveries.deliver_next()

    overtaken = deliveries.delivery
    deliveries.deliver_next()

    assert (overtaken.state, overtaken.round, overtaken.tries) == (DeliveryState.PENDING, 2, 0)
    assert [one.status for one in deliveries.delivery.attempts] == [400, 200]
    assert deliveries.delivery.state is DeliveryState.DELIVERED


def test_a_delivery_that_is_asked_for_all_day_stays_small(deliveries: Deliveries) -> None:
    deliveries.announce()
    deliveries.deliver_next()

    for _ in range(MOST_ATTEMPTS_KEPT + 1):
        deliveries.redeliver()
        deliveries.deliver_next()
        deliveries.world.clock.advance(timedelta(seconds=1))

    assert len(deliveries.delivery.attempts) == MOST_ATTEMPTS_KEPT
    assert deliveries.delivery.attempts[0].at > START


@pytest.mark.parametrize(
    ("id", "by", "failure"),
    [
        (DLV, replace(BERT, role="admin"), NotFound),
        (DLV, ANNA, Forbidden),
        ("dlv_unknownunknown00", ADA, NotFound),
        ("..", ADA, NotFound),
        ("__x__", ADA, NotFound),
    ],
    ids=["stranger", "member", "unknown", "dots", "reserved"],
)
def test_only_an_administrator_of_the_tenant_may_ask_for_a_redelivery(
    deliveries: Deliveries, id: str, by: Any, failure: type[PlayheadError]
) -> None:
    deliveries.announce()
    world = deliveries.world

    with pytest.raises(failure):
        redeliver(id, by=by, rooms=world.rooms, tasks=world.tasks, now=START)

    assert deliveries.delivery.round == 1


def test_a_list_shows_every_attempt_and_neither_the_body_nor_the_secret(deliveries: Deliveries) -> None:
    deliveries.sender.answers = [503, Upstream("no answer within 30 s")]
    deliveries.announce()
    deliveries.deliver_next()
    deliveries.deliver_next()

    page = list_deliveries(by=ADA, limit=20, offset=0, rooms=deliveries.world.rooms)
    shown = [DeliveryOut.of(one).model_dump(mode="json") for one in page.items]

    assert page.total == 1
    assert shown == [
        {
            "id": DLV,
            "recording_id": REC,
            "event": "meeting.recording_ready",
            "url": URL,
            "status": "pending",
            "created_at": "2026-05-04T10:00:00Z",
            "next_attempt_at": "2026-05-04T10:06:00Z",
            "attempts": [
                {"at": "2026-05-04T10:00:00Z", "duration_ms": 0, "status": 503, "error": None},
                {"at": "2026-05-04T10:01:00Z", "duration_ms": 0, "status": None, "error": "no answer within 30 s"},
            ],
        }
    ]


def test_only_administrators_see_deliveries_and_only_their_own(deliveries: Deliveries) -> None:
    deliveries.announce()
    stranger = replace(BERT, role="admin")

    assert list_deliveries(by=stranger, limit=20, offset=0, rooms=deliveries.world.rooms).total == 0
    with pytest.raises(Forbidden):
        list_deliveries(by=ANNA, limit=20, offset=0, rooms=deliveries.world.rooms)


def test_the_step_of_an_import_announces_where_somebody_wants_to_hear(deliveries: Deliveries) -> None:
    step, world = declaration_of(steps_announce_recording), deliveries.world
    work: Any = SimpleNamespace(recording=world.recording(REC))
    used: dict[str, Any] = {"work": work, "rooms": world.rooms, "tasks": world.tasks, "clock": world.clock}

    told = step.handler(**used)
    deliveries.world.rooms.transact(lambda transaction: transaction.remove(deliveries.delivery))
    deliveries.want(None)
    untold = step.handler(**used)

    assert (told, untold) == (Done(detail=DLV), Skipped(detail="the tenant has no webhook"))
