"""Webhooks: signed, delivered at least once, and late, repeated, reordered or lost on request."""

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from tests.local.part_process import wait_until
from tests.local.realtimekit_part import RealtimeKitPart
from tests.local.receiver import Hit, Receiver, Reply, running_receiver

pytest_plugins = ["tests.local.realtimekit_fixtures"]

EVERY_STATUS = ["INVOKED", "RECORDING", "UPLOADING", "UPLOADED"]


def hits_of(receiver: Receiver, meeting: str, count: int) -> list[Hit]:
    """The webhooks of a meeting, as soon as there are so many."""

    def look() -> list[Hit]:
        hits = [hit for hit in receiver.hits("/told") if json.loads(hit.body)["meeting"]["id"] == meeting]
        return hits if len(hits) >= count else []

    return wait_until(look)


def told_of(receiver: Receiver, meeting: str, count: int) -> list[dict[str, Any]]:
    """What the app was told of a meeting, as soon as it was told so often."""
    return [json.loads(hit.body) for hit in hits_of(receiver, meeting, count)]


def statuses(told: Sequence[dict[str, Any]]) -> list[str]:
    return [each["recording"]["status"] for each in told]


def states(kit: RealtimeKitPart, meeting: str) -> list[str]:
    return [webhook["state"] for webhook in kit.webhooks(meeting)]


def openssl_verifies(folder: Path, public_key: str, hit: Hit) -> bool:
    """Another implementation's opinion on a signature."""
    (folder / "key.pem").write_text(public_key)
    (folder / "signature").write_bytes(base64.b64decode(hit.headers["rtk-signature"]))
    command = ["openssl", "dgst", "-sha256", "-verify", str(folder / "key.pem"), "-signature"]
    return subprocess.run([*command, str(folder / "signature")], input=hit.body, capture_output=True).returncode == 0


def test_the_app_is_told_of_every_status(kit: RealtimeKitPart, meeting: str, webhook_receiver: Receiver) -> None:
    recording = kit.finished_recording(meeting)

    told = told_of(webhook_receiver, meeting, 4)

    assert sorted(statuses(told)) == sorted(EVERY_STATUS)
    by_status = {each["recording"]["status"]: each for each in told}
    first, last = by_status["INVOKED"], by_status["UPLOADED"]
    assert {each["event"] for each in told} == {"recording.statusUpdate"}
    assert last["recording"]["id"] == last["recording"]["recordingId"] == recording.id
    assert last["recording"]["fileSize"] == str(int(recording.file_size))
    assert requests.get(last["recording"]["downloadUrl"], timeout=5).ok
    assert first["recording"]["meetingId"] == meeting
    assert not {"downloadUrl", "fileSize", "startedTime", "stoppedTime"} & set(first["recording"])


def test_openssl_verifies_the_signature_with_the_published_key(
    kit: RealtimeKitPart, meeting: str, webhook_receiver: Receiver, tmp_path: Path
) -> None:
    kit.start_recording(meeting)
    hit = hits_of(webhook_receiver, meeting, 1)[0]

    published = requests.get(f"{kit.url}/.well-known/webhooks.json", timeout=5).json()

    assert published["success"] is True
    assert openssl_verifies(tmp_path, published["data"]["publicKey"], hit)
    assert hit.headers["rtk-webhook-id"]


def test_every_delivery_has_an_id_of_its_own(kit: RealtimeKitPart, meeting: str, webhook_receiver: Receiver) -> None:
    kit.finished_recording(meeting)

    hits = hits_of(webhook_receiver, meeting, 4)

    assert sorted(hit.headers["rtk-uuid"] for hit in hits) == sorted(each["id"] for each in kit.webhooks(meeting))


def test_an_outage_of_the_app_is_waited_out_and_a_refusal_is_final(own_kit: RealtimeKitPart) -> None:
    with running_receiver() as receiver:
        receiver.answer("/told", Reply(503), Reply(400), Reply(200))
        own_kit.start(webhook_url=receiver.url("/told"))
        meeting = own_kit.new_meeting()
        own_kit.ask("PATCH", f"/meetings/{meeting}", {"held_at": ["INVOKED", "RECORDING"]})
        recording_id = own_kit.start_recording(meeting).id
        wait_until(lambda: states(own_kit, meeting) == ["refused"])

        own_kit.ask("POST", f"/recordings/{recording_id}/advance", {"to": "RECORDING"})

        wait_until(lambda: states(own_kit, meeting) == ["refused", "delivered"])
        assert [webhook["attempts"] for webhook in own_kit.webhooks(meeting)] == [2, 1]
        assert len({hit.headers["rtk-uuid"] for hit in receiver.hits("/told")[:2]}) == 1


def test_a_webhook_that_nobody_got_before_a_kill_is_delivered_after_it(own_kit: RealtimeKitPart) -> None:
    with running_receiver() as receiver:
        own_kit.start(webhook_url="http://127.0.0.1:1/told")
        meeting = own_kit.new_meeting()
        own_kit.ask("PATCH", f"/meetings/{meeting}", {"held_at": ["INVOKED"]})
        own_kit.start_recording(meeting)
        wait_until(lambda: own_kit.webhooks(meeting)[0]["attempts"])

        own_kit.stop(9)
        own_kit.start(webhook_url=receiver.url("/told"))

        assert statuses(told_of(receiver, meeting, 1)) == ["INVOKED"]


def test_webhooks_that_are_kept_can_be_delivered_in_any_order_and_twice(
    kit: RealtimeKitPart, meeting: str, webhook_receiver: Receiver
) -> None:
    kit.ask("PATCH", f"/meetings/{meeting}", {"keeps_webhooks": True})
    kit.finished_recording(meeting)
    kept = kit.webhooks(meeting)
    assert [(each["status"], each["state"]) for each in kept] == [(status, "kept") for status in EVERY_STATUS]

    for webhook in (kept[3], kept[0], kept[3]):
        assert kit.ask("POST", f"/webhooks/{webhook['id']}/deliver") == {"status": 200}

    assert statuses(told_of(webhook_receiver, meeting, 3)) == ["UPLOADED", "INVOKED", "UPLOADED"]
    assert states(kit, meeting) == ["delivered", "kept", "kept", "delivered"]


def test_a_webhook_can_be_looked_at_as_it_would_be_sent(
    kit: RealtimeKitPart, meeting: str, webhook_receiver: Receiver
) -> None:
    kit.start_recording(meeting)
    told_of(webhook_receiver, meeting, 1)

    webhook = kit.webhooks(meeting)[0]

    (hit,) = [hit for hit in webhook_receiver.hits("/told") if hit.headers["rtk-uuid"] == webhook["id"]]
    assert hit.body.decode() == webhook["body"]
    assert hit.headers["rtk-signature"] == webhook["headers"]["rtk-signature"]


def test_any_body_can_be_signed_and_the_key_changed(kit: RealtimeKitPart) -> None:
    def signature(body: bytes) -> str:
        answer = requests.post(f"{kit.url}/_control/signatures", data=body, timeout=5).json()
        return str(answer["rtk-signature"])

    before = signature(b"{}")
    assert signature(b"{}") == before != signature(b"{ }")

    kit.ask("POST", "/key")

    assert signature(b"{}") != before


def test_a_dropped_webhook_comes_later_and_a_duplicate_twice(
    kit: RealtimeKitPart, meeting: str, webhook_receiver: Receiver
) -> None:
    about = {"meeting": meeting, "status": "INVOKED"}
    with kit.armed("deliver", "drop", match=about):
        kit.start_recording(meeting)
        assert wait_until(lambda: kit.webhooks(meeting)[0]["state"] == "delivered")
        assert kit.webhooks(meeting)[0]["attempts"] == 2

    second = kit.new_meeting()
    with kit.armed("deliver", "duplicate", match={**about, "meeting": second}, delay_s=0.01):
        kit.ask("PATCH", f"/meetings/{second}", {"held_at": ["INVOKED"]})
        kit.start_recording(second)
        assert statuses(told_of(webhook_receiver, second, 2)) == ["INVOKED", "INVOKED"]


def test_a_webhook_is_overtaken_by_the_next_one(kit: RealtimeKitPart, webhook_receiver: Receiver) -> None:
    meeting = kit.new_meeting(title=str(uuid4()))

    with kit.armed("deliver", "reorder", match={"meeting": meeting}):
        kit.start_recording(meeting)

        assert statuses(told_of(webhook_receiver, meeting, 2)) == ["RECORDING", "INVOKED"]
