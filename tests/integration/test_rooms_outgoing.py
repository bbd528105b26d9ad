"""Webhooks to tenants' servers: told by the running platform, tried again by its queue, shown by its API."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
from google.api_core.exceptions import NotFound
from google.cloud import tasks_v2

from shared import ports
from shared.adapters.tasks import _client as tasks_client
from shared.ports.files import HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.recording import State
from shared.rooms.domain import RETRY_AFTER, Delivery, Tenant, WebhookTarget, file_key
from shared.rooms.webhooks.announcing import announce
from shared.rooms.webhooks.attempts import MOST_TRIES, call_of
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import RunningPlatform, eventually
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, refusal, taken
from tests.integration.stored import now, queue_path
from tests.unit.room_fakes import room_recording
from tests.unit.webhook_receiver import Receiver, Told, status

SECRET = "whsec_0123456789abcdef0123456789abcdef"
CONTENT = b"the film of a lesson" * 100
#: The moment that a task is scheduled for is counted from when its attempt ended, a little after we looked.
TOLERANCE = timedelta(seconds=20)


@dataclass
class Tenancy:
    """A tenant with a webhook and an administrator."""

    platform: RunningPlatform
    server: Receiver
    id: str
    client: RoomsClient

    @property
    def url(self) -> str:
        return f"{self.server.url}/{self.id}"

    @property
    def told(self) -> list[Told]:
        """What the server was told of this tenant."""
        return [one for one in self.server.told if one.path.endswith(self.id)]

    def want(self, **webhook: Any) -> None:
        wanted = {"enabled": True, "url": self.url, "secret": SECRET, "include_recording": True, **webhook}
        taken(self.client.call("PATCH", f"/tenants/{self.id}/config", json={"post_meeting_webhook": wanted}), 200)

    def announce(self, state: State = State.READY, *, with_file: bool = False) -> Delivery:
        """What the last step of an import does, for a recording that is finished."""
        id = f"rec_{self.id.removeprefix('tenant-')}"
        file = store(file_key(id)) if with_file else None
        recording = replace(room_recording(state, id=id, file=file), tenant_id=self.id)
        rooms: Rooms = wired(Rooms)
        rooms.transact(lambda transaction: transaction.save(recording))
        delivery = announce(recording, rooms=rooms, tasks=wired(ports.Tasks), now=now())
        assert delivery is not None
        return delivery

    def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = taken(self.client.call("GET", "/webhooks/deliveries"), 200)["data"]
        return found

    def wait_for(self, word: str, attempts: int) -> dict[str, Any]:
        """The only delivery, once it has come so far."""

        def look() -> dict[str, Any] | None:
            [shown] = self.shown()
            settled = [one for one in shown["attempts"] if one["error"] != "interrupted"]
            return shown if (shown["status"], len(settled)) == (word, attempts) else None

        return eventually(look, what=f"{word} after {attempts} attempts")


def store(key: str) -> Any:
    files: HotFiles = wired(HotFiles)
    partial = files.begin(key, content_type="video/mp4")
    return files.complete(partial, (files.put_part(partial, 1, CONTENT),), part_bytes=len(CONTENT))


def delivery_of(id: str) -> Delivery:
    rooms: Rooms = wired(Rooms)
    found = rooms.find_delivery(id)
    assert found is not None
    return found


def waiting_task(delivery_id: str) -> tasks_v2.Task | None:
    """The task of the delivery's next attempt, where its queue has one."""
    name = f"{queue_path('webhooks')}/tasks/{call_of(delivery_of(delivery_id)).name}"
    with suppress(NotFound):
        return tasks_client().get_task(name=name)
    return None


@pytest.fixture
def tenancy(platform: RunningPlatform, tenants_server: Receiver) -> Iterator[Tenancy]:
    tenant = new_tenant()
    made = Tenancy(platform, tenants_server, tenant, new_rooms_client(platform, tenant, role="admin"))
    made.want()
    yield made
    tenants_server.answers.clear()


def test_a_finished_recording_is_told_signed_and_with_a_url_that_works(tenancy: Tenancy) -> None:
    delivery = tenancy.announce(with_file=True)

    shown = tenancy.wait_for("delivered", 1)

    [told] = tenancy.told
    timestamp = told.headers["X-Chalk-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + told.body, hashlib.sha256).hexdigest()
    assert told.headers["X-Chalk-Signature"] == f"sha256={expected}"
    assert told.headers["X-Chalk-Event"] == "meeting.recording_ready"
    assert told.headers["X-Chalk-Delivery-ID"] == shown["id"] == delivery.id
    recording = json.loads(told.body)["recording"]
    assert recording["id"] == delivery.recording_id
    assert requests.get(recording["download_url"], timeout=10).content == CONTENT
    assert (shown["url"], shown["next_attempt_at"]) == (tenancy.url, None)
    assert [(one["status"], one["error"]) for one in shown["attempts"]] == [(200, None)]


def test_a_server_that_fails_is_tried_at_the_times_of_the_schedule_and_no_more(tenancy: Tenancy) -> None:
    tenancy.server.answers[:] = [status(code) for code in (500, 503, 429, 302, 500, 500)]
    delivery = tenancy.announce()

    for tries in range(1, MOST_TRIES):
        tenancy.wait_for("pending", tries)
        task: Any = eventually(lambda: waiting_task(delivery.id), what="the next task")
        wanted = now() + RETRY_AFTER[tries - 1]
        assert wanted - TOLERANCE < task.schedule_time <= wanted
        tasks_client().run_task(name=task.name)  # nobody waits for hours

    shown = tenancy.wait_for("failed", MOST_TRIES)
    assert [one["status"] for one in shown["attempts"]] == [500, 503, 429, 302, 500, 500]
    assert len(tenancy.told) == MOST_TRIES
    assert {one.headers["X-Chalk-Delivery-ID"] for one in tenancy.told} == {delivery.id}
    assert waiting_task(delivery.id) is None


def test_a_server_that_refuses_is_not_told_again_until_somebody_asks(tenancy: Tenancy) -> None:
    tenancy.server.answers[:] = [status(410)]
    delivery = tenancy.announce()
    refused = tenancy.wait_for("failed", 1)

    answer = tenancy.client.call("POST", f"/webhooks/deliveries/{delivery.id}/redeliver")
    again = taken(answer, 202)["data"]

    assert again == {**refused, "status": "pending", "next_attempt_at": again["next_attempt_at"]}
    shown = tenancy.wait_for("delivered", 2)
    assert [one["status"] for one in shown["attempts"]] == [410, 200]


def test_a_call_that_the_queue_makes_many_times_at_once_is_one_attempt(tenancy: Tenancy) -> None:
    call = call_of(tenancy.announce())

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: tenancy.platform.invoke("tasks_deliver_webhook", "STEP", dict(call.arguments)), range(8))
        )

    assert {one.status_code for one in answers} == {200}
    tenancy.wait_for("delivered", 1)
    assert len(tenancy.told) == 1


def test_a_recording_that_is_not_ready_yet_is_told_of_when_it_is(tenancy: Tenancy) -> None:
    delivery = tenancy.announce(State.PROCESSING)
    rooms: Rooms = wired(Rooms)
    refused = tenancy.platform.invoke("tasks_deliver_webhook", "STEP", dict(call_of(delivery).arguments))
    assert (refused.status_code, tenancy.told) == (409, [])

    recording = rooms.find(delivery.recording_id)
    assert recording is not None
    rooms.transact(lambda transaction: transaction.save(replace(recording, state=State.READY)))

    assert len(tenancy.wait_for("delivered", 1)["attempts"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://[::ffff:127.0.0.1]/",
        "http://a.internal/",
    ],
)
def test_a_target_that_is_private_by_now_is_refused_for_good(tenancy: Tenancy, url: str) -> None:
    rooms: Rooms = wired(Rooms)
    sealed = rooms.find_tenant(tenancy.id)
    assert sealed is not None
    assert sealed.post_meeting_webhook is not None
    moved = WebhookTarget(url=url, sealed_secret=sealed.post_meeting_webhook.sealed_secret)
    rooms.transact(lambda transaction: transaction.save(Tenant(id=tenancy.id, post_meeting_webhook=moved)))

    tenancy.announce()

    [attempt] = tenancy.wait_for("failed", 1)["attempts"]
    assert attempt["status"] is None
    assert attempt["error"].startswith("The URL is refused: ")


def test_a_redirect_into_the_private_network_is_not_followed(tenancy: Tenancy) -> None:
    tenancy.server.answers[:] = [status(307, Location=tenancy.url)]

    tenancy.announce()

    [attempt] = tenancy.wait_for("pending", 1)["attempts"]
    assert (attempt["status"], len(tenancy.told)) == (307, 1)


def test_the_list_is_in_pages_of_the_tenant_alone(tenancy: Tenancy) -> None:
    tenancy.announce()
    tenancy.wait_for("delivered", 1)

    first = taken(tenancy.client.call("GET", "/webhooks/deliveries?limit=1"), 200)
    behind = taken(tenancy.client.call("GET", "/webhooks/deliveries?limit=1&offset=1"), 200)
    stranger = taken(new_rooms_client(tenancy.platform, role="admin").call("GET", "/webhooks/deliveries"), 200)

    assert list(first["data"][0]) == [
        "id",
        "recording_id",
        "event",
        "url",
        "status",
        "created_at",
        "next_attempt_at",
        "attempts",
    ]
    assert first["meta"] == {"total": 1, "limit": 1, "offset": 0}
    assert behind == {"data": [], "meta": {"total": 1, "limit": 1, "offset": 1}}
    assert stranger == {"data": [], "meta": {"total": 0, "limit": 20, "offset": 0}}
    assert SECRET not in json.dumps(first)


@pytest.mark.parametrize("path", ["limit=0", "limit=x", "offset=-1", "offset=10001"])
def test_a_page_that_cannot_be_is_refused(tenancy: Tenancy, path: str) -> None:
    refusal(tenancy.client.call("GET", f"/webhooks/deliveries?{path}"), 400, "invalid_request")


def test_members_and_strangers_have_nothing_to_say(tenancy: Tenancy) -> None:
    delivery = tenancy.announce()
    tenancy.wait_for("delivered", 1)
    member = new_rooms_client(tenancy.platform, tenancy.id)
    stranger = new_rooms_client(tenancy.platform, role="admin")

    refusal(member.call("GET", "/webhooks/deliveries"), 403, "forbidden")
    refusal(member.call("POST", f"/webhooks/deliveries/{delivery.id}/redeliver"), 403, "forbidden")
    for id in (delivery.id, "dlv_unknownunknown", "x", "..%2f.."):
        answer = stranger.call("POST", f"/webhooks/deliveries/{id}/redeliver")
        assert answer.status_code == 404, answer.text

    assert len(tenancy.told) == 1


def test_no_log_has_a_secret_or_a_download_url(tenancy: Tenancy) -> None:
    tenancy.server.answers[:] = [status(500)]
    delivery = tenancy.announce(with_file=True)
    tenancy.wait_for("pending", 1)

    url = json.loads(tenancy.told[0].body)["recording"]["download_url"]
    said = f"an attempt of delivery {delivery.id} ended: 500"
    logged = eventually(lambda: tenancy.platform.logs("api") if said in tenancy.platform.logs("api") else None)

    assert url.partition("?")[2]
    assert not [word for word in (SECRET, url, url.partition("?")[2], tenancy.id) if word in logged]
