"""What was acknowledged survives `kill -9`, what is past its time goes, and every document is counted."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError

from tests.local.firestore_server import FirestoreServer
from tests.local.oracle_exemptions import NO_EXPIRY, only_ours
from tests.local.part_process import wait_until

pytest_plugins = ["tests.local.firestore_fixtures"]

HOUR = timedelta(hours=1)


class Writer(threading.Thread):
    """Commits pairs of documents, and deletes every third pair again, until the server is gone."""

    def __init__(self, db: Any, name: str) -> None:
        super().__init__(name=name)
        self.present: set[int] = set()
        self.deleted: set[int] = set()
        self._db = db

    def pair(self, number: int) -> list[Any]:
        """Return the two documents of a commit."""
        return [self._db.document(f"{side}/{self.name}-{number}") for side in ("left", "right")]

    def run(self) -> None:
        try:
            for number in range(100_000):
                self._commit_pair(number)
        except (GoogleAPICallError, RetryError):
            pass

    def _commit_pair(self, number: int) -> None:
        batch = self._db.batch()
        for reference in self.pair(number):
            batch.set(reference, {"number": number})
        batch.commit(retry=None, timeout=5)
        if number % 3:
            self.present.add(number)
            return
        for reference in self.pair(number):
            batch.delete(reference)
        batch.commit(retry=None, timeout=5)
        self.deleted.add(number)


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(own_firestore: FirestoreServer) -> None:
    own_firestore.start()
    writers = [Writer(own_firestore.client(), f"w{number}") for number in range(3)]
    for writer in writers:
        writer.start()
    wait_until(lambda: min(len(writer.present) for writer in writers) > 50)

    own_firestore.kill()
    for writer in writers:
        writer.join(15)
    own_firestore.start()

    db = own_firestore.client()
    kept = {side: {snapshot.id for snapshot in db.collection(side).stream()} for side in ("left", "right")}
    assert kept["left"] == kept["right"]
    for writer in writers:
        assert {f"{writer.name}-{number}" for number in writer.present} <= kept["left"]
        assert not {f"{writer.name}-{number}" for number in writer.deleted} & kept["left"]


def test_a_stopped_server_ends_well_and_starts_where_it_was(own_firestore: FirestoreServer) -> None:
    own_firestore.start()
    before = own_firestore.client().document("recordings/a").set({"owner": "u1", "at": 1})

    assert own_firestore.stop() == 0
    own_firestore.start()

    db = own_firestore.client()
    newest = db.collection("recordings").order_by("at", direction="DESCENDING").limit(1).get()
    assert [(snapshot.id, snapshot.update_time) for snapshot in newest] == [("a", before.update_time)]
    assert db.document("recordings/b").set({}).update_time > before.update_time


def test_a_second_server_on_the_port_ends_at_once(our_firestore: FirestoreServer) -> None:
    schema = str(our_firestore.folder / "schema.json")
    options = ["--port", str(our_firestore.port), "--data", str(our_firestore.folder / "second")]

    command = [sys.executable, "-m", "shared.local.firestore", *options, "--schema", schema]
    second = subprocess.run(command, check=False, capture_output=True, timeout=20)

    assert second.returncode == 1
    assert b"cannot listen on port" in second.stderr


@only_ours(NO_EXPIRY)
def test_documents_past_their_time_to_live_are_removed(db: Any) -> None:
    now = datetime.now(UTC)
    batch = db.batch()
    for number in range(120):
        batch.set(db.document(f"sessions/old{number}"), {"expire_at": now - HOUR})
    batch.set(db.document("rooms/a/sessions/old"), {"expire_at": now - HOUR})
    batch.set(db.document("sessions/young"), {"expire_at": now + HOUR})
    for name, no_time in {"text": "1999-01-01", "number": 0, "null": None}.items():
        batch.set(db.document(f"sessions/{name}"), {"expire_at": no_time})
    batch.set(db.document("sessions/none"), {})
    batch.set(db.document("notes/old"), {"expire_at": now - HOUR})

    batch.commit()

    left = {f"sessions/{name}" for name in ("young", "text", "number", "null", "none")}
    sessions = db.collection_group("sessions")
    wait_until(lambda: {snapshot.reference.path for snapshot in sessions.stream()} == left)
    assert db.document("notes/old").get().exists


@only_ours(NO_EXPIRY)
def test_an_expiry_that_is_put_off_in_time_is_not_kept(db: Any) -> None:
    session, witness = db.document("sessions/a"), db.document("sessions/witness")
    soon = datetime.now(UTC) + timedelta(seconds=2)
    session.set({"expire_at": soon})

    session.update({"expire_at": soon + HOUR})
    witness.set({"expire_at": soon})

    wait_until(lambda: not witness.get().exists)
    assert session.get().exists


def test_documents_are_counted_as_they_are_billed(own_firestore: FirestoreServer) -> None:
    own_firestore.start()
    db = own_firestore.client()
    notes = db.collection("notes")

    for number in range(5):
        notes.document(f"{number}").set({"n": number})
    notes.document("0").delete()
    assert own_firestore.counters() == {"reads": 0, "writes": 5, "deletes": 1}

    notes.order_by("n").limit(3).get()
    notes.document("missing").get()
    notes.count().get()
    assert own_firestore.counters() == {"reads": 5, "writes": 5, "deletes": 1}

    notes.order_by("n").offset(1).limit(2).get()
    notes.order_by("n").offset(10).limit(2).get()
    assert own_firestore.counters() == {"reads": 5 + 3 + 4, "writes": 5, "deletes": 1}
