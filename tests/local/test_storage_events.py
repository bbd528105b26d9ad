"""Finalize events: delivered at least once, as Eventarc sends them, whatever dies in between."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import requests

from shared.local.identity.tokens import TokenSigner
from shared.local.storage.catalogue import Catalogue, save_object
from shared.local.storage.config import Receiver as ReceiverConfig
from shared.local.storage.outbox import Outbox
from shared.local.storage.resources import StoredObject, now_us
from tests.local.receiver import Receiver, Reply, running_receiver
from tests.local.storage_server import ISSUER, StorageServer, new_storage_server

pytest_plugins = ["tests.local.storage_fixtures"]

PATH = "/fn/triggers_video_finalized"
EVENTARC = "eventarc@local.iam.gserviceaccount.com"
DAY_US = 24 * 3600 * 1_000_000


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


def route(receiver: Receiver, bucket: str, path: str) -> dict[str, str]:
    url = receiver.url(path)
    return {"bucket": bucket, "url": url, "account": EVENTARC, "audience": url}


@pytest.fixture(scope="module")
def announcing(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageServer]:
    """A server whose buckets each have a receiver at /<bucket>; that of `two` has another one at /also."""
    names = ("carried", "signed", "repeated", "every", "slow", "quick", "two")
    with new_storage_server(tmp_path_factory.mktemp("announcing")) as server:
        server.start(
            buckets=[{"name": name} for name in (*names, "silent")],
            events=[*(route(receiver, name, f"/{name}") for name in names), route(receiver, "two", "/also")],
        )
        yield server


def test_an_event_carries_the_object(announcing: StorageServer, receiver: Receiver) -> None:
    bucket = announcing.client().bucket("carried")
    blob = bucket.blob("dir/a b%ü.mp4")
    blob.metadata = {"k": "v"}
    blob.upload_from_string("abc", content_type="video/mp4")

    [hit] = receiver.wait_for("/carried")

    resource = json.loads(hit.body)
    expected = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/carried",
        "ce-subject": "objects/dir/a%20b%25%C3%BC.mp4",
        "ce-bucket": "carried",
        "ce-time": resource["updated"],
    }
    assert {name: hit.headers[name] for name in expected} == expected
    assert hit.headers["ce-id"]
    assert hit.method == "POST"
    assert resource == bucket.get_blob(blob.name)._properties
    assert (resource["kind"], resource["size"], resource["metadata"]) == ("storage#object", "3", {"k": "v"})
    assert requests.get(resource["mediaLink"], timeout=5).content == b"abc"


def test_an_event_is_signed_by_the_configured_account(announcing: StorageServer, receiver: Receiver) -> None:
    announcing.client().bucket("signed").blob("x").upload_from_string("abc")

    [hit] = receiver.wait_for("/signed")

    scheme, _, token = hit.headers["Authorization"].partition(" ")
    keys = jwt.PyJWKSet.from_dict(TokenSigner(ISSUER, announcing.identity_key).jwks())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience=receiver.url("/signed"))
    assert scheme == "Bearer"
    assert (claims["email"], claims["email_verified"]) == (EVENTARC, True)


def test_an_event_is_repeated_until_it_is_accepted(announcing: StorageServer, receiver: Receiver) -> None:
    bucket = announcing.client().bucket("repeated")
    receiver.answer("/repeated", Reply(500), Reply(302), Reply(204))

    bucket.blob("x").upload_from_string("abc")
    receiver.wait_for("/repeated", 3)
    bucket.blob("y").upload_from_string("abc")
    hits = receiver.wait_for("/repeated", 4)

    assert [json.loads(hit.body)["name"] for hit in hits] == ["x", "x", "x", "y"]
    assert len({hit.headers["ce-id"] for hit in hits}) == 2
    assert hits[1].at_s - hits[0].at_s >= 0.45
    assert hits[2].at_s - hits[1].at_s >= 0.95


def test_every_way_to_make_an_object_is_announced_and_nothing_else_is(
    announcing: StorageServer, receiver: Receiver
) -> None:
    bucket = announcing.client().bucket("every")
    blob = bucket.blob("uploaded")
    blob.upload_from_string("abc")
    requests.put(bucket.blob("resumable").create_resumable_upload_session(), data=b"abc", timeout=5)
    requests.put(announcing.sign("every", "signed", "PUT"), data=b"abc", timeout=5)
    bucket.blob("composed").compose([blob, blob])
    bucket.copy_blob(blob, bucket, "copied")
    blob.metadata = {"k": "v"}
    blob.patch()
    blob.delete()
    announcing.client().bucket("silent").blob("elsewhere").upload_from_string("abc")
    bucket.blob("last").upload_from_string("abc")

    hits = receiver.wait_for("/every", 6)

    names = sorted(json.loads(hit.body)["name"] for hit in hits)
    assert names == ["composed", "copied", "last", "resumable", "signed", "uploaded"]


def test_a_slow_receiver_does_not_hold_up_another(announcing: StorageServer, receiver: Receiver) -> None:
    release = threading.Event()
    receiver.answer("/slow", Reply(hold=lambda: release.wait(10)))

    for number in range(20):
        announcing.client().bucket("slow").blob(str(number)).upload_from_string("abc")
    receiver.wait_for("/slow", 4)
    announcing.client().bucket("quick").blob("x").upload_from_string("abc")

    assert len(receiver.wait_for("/quick", timeout_s=2)) == 1
    assert len(receiver.hits("/slow")) == 4
    release.set()
    assert len(receiver.wait_for("/slow", 20)) == 20


def test_both_receivers_of_a_bucket_are_told(announcing: StorageServer, receiver: Receiver) -> None:
    announcing.client().bucket("two").blob("x").upload_from_string("abc")

    assert len(receiver.wait_for("/two")) == len(receiver.wait_for("/also")) == 1


def test_pending_events_survive_a_kill_and_a_move_of_their_receiver(
    own_server: StorageServer, receiver: Receiver
) -> None:
    own_server.start(buckets=[{"name": "uploads"}], events=[route(receiver, "uploads", PATH)])
    release = threading.Event()
    receiver.answer(PATH, Reply(503, hold=lambda: release.wait(10)))
    for number in range(6):
        own_server.client().bucket("uploads").blob(str(number)).upload_from_string("abc")
    held = receiver.wait_for(PATH, 4)

    own_server.kill()
    release.set()
    with running_receiver() as moved:
        own_server.start(buckets=[{"name": "uploads"}], events=[route(moved, "uploads", PATH)])
        hits = moved.wait_for(PATH, 6)

    assert sorted(json.loads(hit.body)["name"] for hit in hits) == [str(number) for number in range(6)]
    assert {hit.headers["ce-id"] for hit in held} <= {hit.headers["ce-id"] for hit in hits}


def test_a_delivery_that_a_stop_cuts_off_is_made_again(own_server: StorageServer, receiver: Receiver) -> None:
    own_server.start(buckets=[{"name": "uploads"}], events=[route(receiver, "uploads", "/cut")])
    release = threading.Event()
    receiver.answer("/cut", Reply(hold=lambda: release.wait(20)), Reply())
    own_server.client().bucket("uploads").blob("x").upload_from_string("abc")
    receiver.wait_for("/cut")

    own_server.stop()
    stopped_before_the_answer = not release.is_set()
    own_server.start(buckets=[{"name": "uploads"}], events=[route(receiver, "uploads", "/cut")])

    assert stopped_before_the_answer
    assert len(receiver.wait_for("/cut", 2)) == 2
    release.set()


def outbox_of(folder: Path, *, created_us: int) -> Outbox:
    """An outbox with one event of an object of that age."""
    catalogue = Catalogue(folder / "catalogue.sqlite")
    outbox = Outbox(catalogue, [ReceiverConfig("uploads", f"http://127.0.0.1:1{PATH}", EVENTARC, "")])
    stored = StoredObject("uploads", "x", 1, 1, "", 0, "", None, None, created_us, created_us, {})
    with catalogue.writing() as db:
        save_object(db, stored)
        outbox.add(db, stored)
    return outbox


@pytest.mark.parametrize(("age_us", "attempts"), [(0, 1), (DAY_US - 10_000_000, 1), (DAY_US + 1, 0)])
def test_an_event_is_dropped_when_it_is_a_day_old(tmp_path: Path, age_us: int, attempts: int) -> None:
    outbox = outbox_of(tmp_path, created_us=now_us() - age_us)
    event = outbox.take(f"uploads {PATH}")

    outbox.failed(event, "status 500")

    with Catalogue(tmp_path / "catalogue.sqlite").reading() as db:
        waiting = [row["attempts"] for row in db.execute("SELECT attempts FROM events")]
    assert waiting == [attempts] * attempts


def test_the_wait_before_an_attempt_doubles_up_to_a_minute(tmp_path: Path) -> None:
    outbox = outbox_of(tmp_path, created_us=now_us())
    waits_s = []

    with Catalogue(tmp_path / "catalogue.sqlite").reading() as db:
        for _ in range(10):
            event = outbox.take(f"uploads {PATH}")
            failed_us = now_us()
            outbox.failed(event, "status 500")
            waits_s.append((db.execute("SELECT due_us FROM events").fetchone()[0] - failed_us) / 1e6)
            db.execute("UPDATE events SET due_us = 0")

    assert waits_s == pytest.approx([0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60], abs=0.1)


@pytest.mark.parametrize(("age_us", "left"), [(0, 1), (DAY_US + 1, 0)])
def test_events_without_a_receiver_wait_for_it_a_day(tmp_path: Path, age_us: int, left: int) -> None:
    outbox_of(tmp_path, created_us=now_us() - age_us)
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")

    Outbox(catalogue, [])

    with catalogue.reading() as db:
        assert db.execute("SELECT count(*) FROM events").fetchone()[0] == left
