"""Stories of meetings full of secrets: of rooms, of their files' URLs, and of the webhook that tells of them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import requests

from shared.ports.files import HotFiles
from shared.recordings.recording import State
from shared.recordings.runs import RunState, StepRecord, StepState
from shared.rooms.domain import file_key
from shared.rooms.webhooks.attempts import INTERRUPTED
from shared.wiring import wired
from tests.integration.every_endpoint import Ids, Person
from tests.integration.every_resource import new_rooms_id, save_recording, store_file
from tests.integration.every_secret import Secrets
from tests.integration.every_story import Outside, Told
from tests.integration.platform import TIMEOUT_S, eventually
from tests.integration.rooms_client import RoomsClient, taken
from tests.integration.rooms_provider import control, hold, meeting_of
from tests.integration.rooms_signed import signed_with_the_secret
from tests.integration.stored import run_of
from tests.unit.room_fakes import room_recording
from tests.unit.webhook_receiver import Receiver, status

ROOM_KIND = "/rooms/api/v1/recordings/{id}"
#: Where no webhook of a tenant may lead.
FORBIDDEN_URLS = ("http://169.254.169.254/{}", "https://ada:{}@shop.example/", "ftp://shop.example/{}", "//{}")


def room_import(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """A file that comes at the second try and is told at the third, and a file that is not there.

    Both are of recordings of which somebody else than the provider says where they are, so that the URLs are ours. The
    first try is of https, which nobody speaks there: such a failure is told with the whole URL.
    """
    client, server, told_before = owner.rooms(), outside.server, len(outside.server.told)
    url = f"{film_url(client)}&X-Amz-Signature={planted.plant('query of a download')}"
    room_id, ready_id = client.create_room(planted.plant("name of a room"))["id"], str(uuid4())
    webhook = want_webhook(owner, planted, server.url.replace("http:", "https:"))
    refuse_webhooks(owner, planted, webhook)
    say_ready(owner, room_id, url.replace("http:", "https:"), ready_id)
    good = eventually(lambda: find_recording(client, "processing"), what="the recording")
    eventually(lambda: is_given_back(run_of(good["id"]).steps["import_recording"]), what="the end of the first try")
    say_ready(owner, room_id, url, ready_id)
    eventually(lambda: find_recording(client, "ready"), what="the import")
    tell_until_delivered(owner, planted, server, good["id"])
    planted.keep_signatures("a webhook", " ".join(told.body.decode() for told in server.told[told_before:]))
    say_ready(owner, room_id, url.replace("/media/", "/nowhere/"), str(uuid4()))
    lost = eventually(lambda: find_recording(client, "processing"), what="the other recording")
    eventually(lambda: run_of(lost["id"]).state is RunState.FAILED, what="the end of its import")
    return Told(ROOM_KIND, {"id": good["id"]}, [good["id"], lost["id"]])


def want_webhook(owner: Person, planted: Secrets, url: str) -> dict[str, Any]:
    """Let a server be told, at an address that is a secret; returns what was sent for that."""
    address = f"{url}/{planted.plant('path of a webhook')}?token={planted.plant('query of a webhook')}"
    secret = f"whsec_{planted.plant('secret of a webhook')}"
    webhook = {"url": address, "secret": secret, "include_recording": True}
    taken(send_webhook(owner, webhook), 200)
    return webhook


def refuse_webhooks(owner: Person, planted: Secrets, webhook: dict[str, Any]) -> None:
    """Have addresses refused, without a word of them."""
    for url in FORBIDDEN_URLS:
        answer = send_webhook(owner, {**webhook, "url": url.format(planted.plant(f"webhook {url}"))})
        assert (answer.status_code, planted.found_in(answer.text)) == (400, set()), url


def send_webhook(owner: Person, webhook: dict[str, Any]) -> requests.Response:
    return owner.rooms().call("PATCH", f"/tenants/{owner.tenant}/config", json={"post_meeting_webhook": webhook})


def film_url(client: RoomsClient) -> str:
    """Where the provider offers a film, of a room that nobody tells us of."""
    room_id = client.create_room("Where the film is from")["id"]
    hold(room_id, "RECORDING", "UPLOADING")
    client.start(room_id)
    [recording] = control("GET", f"/meetings/{meeting_of(room_id)}/recordings")
    finished: dict[str, Any] = control("POST", f"/recordings/{recording['id']}/advance", json={"to": "UPLOADED"})
    url: str = finished["download_url"]
    return url


def say_ready(owner: Person, room_id: str, url: str, ready_id: str) -> None:
    """Say of a recording that the provider does not know where its file is."""
    said = {"recording_id": ready_id, "meeting_id": meeting_of(room_id), "url": url}
    body = json.dumps({"type": "recording.ready", "content_type": "video/mp4", **said}).encode()
    address = f"{owner.url}/rooms/api/v1/webhooks/cloudflare/recording-ready"
    answer = requests.post(address, data=body, headers=signed_with_the_secret(body), timeout=TIMEOUT_S)
    assert answer.ok, answer.text


def find_recording(client: RoomsClient, word: str) -> dict[str, Any] | None:
    """The tenant's only recording of this status, if there is one yet."""
    listed = taken(client.call("GET", "/recordings"), 200)["data"]
    return next((one for one in listed if one["status"] == word), None)


def is_given_back(step: StepRecord) -> bool:
    """Whether a first try has failed, and the next one has not begun."""
    return step.attempts == 1 and step.state is not StepState.RUNNING


def tell_until_delivered(owner: Person, planted: Secrets, server: Receiver, recording_id: str) -> None:
    """Ask for the webhook again after each of its two failures; the first of them was that of https."""
    client = owner.rooms()
    server.answers[:] = [status(503, planted.plant("answer of a tenant's server").encode())]
    for attempts in (1, 2):
        delivery = wait_for_attempts(client, recording_id, attempts)
        assert delivery["status"] == "pending"
        want_webhook(owner, planted, server.url)
        taken(client.call("POST", f"/webhooks/deliveries/{delivery['id']}/redeliver"), 202)
    assert wait_for_attempts(client, recording_id, 3)["status"] == "delivered"


def wait_for_attempts(client: RoomsClient, recording_id: str, attempts: int) -> dict[str, Any]:
    """The delivery that tells of the recording, as soon as so many attempts of it have ended."""

    def look() -> dict[str, Any] | None:
        listed = taken(client.call("GET", "/webhooks/deliveries"), 200)["data"]
        ended = [[one["error"] != INTERRUPTED for one in delivery["attempts"]] for delivery in listed]
        found = (one for one, is_ended in zip(listed, ended, strict=True) if is_ended == [True] * attempts)
        return next((one for one in found if one["recording_id"] == recording_id), None)

    return eventually(look, what=f"attempt {attempts}")


def room_archive(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """A file that is moved to the cold store, and one that has gone from the hot store."""
    client = owner.rooms()
    good, lost = (ready_recording(owner, planted) for _ in range(2))
    wired(HotFiles).delete(file_key(lost["id"]))
    moved, failed = (client.call("POST", f"/recordings/{one['id']}/archive") for one in (good, lost))
    assert (moved.status_code, failed.status_code) == (200, 502)
    return Told(ROOM_KIND, good, [good["id"], lost["id"]])


def ready_recording(owner: Person, planted: Secrets) -> Ids:
    id, name = new_rooms_id("rec"), planted.plant("name of a room that is archived")
    return save_recording(
        owner, room_recording(State.READY, id=id, file=store_file(wired(HotFiles), id), room_name=name)
    )
