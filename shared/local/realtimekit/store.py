"""The SQLite file that says what exists. WAL with synchronous=NORMAL keeps every commit when the process is killed."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shared.local.realtimekit.entities import OVER, Meeting, Recording, Webhook

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meetings (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recordings (
    id TEXT PRIMARY KEY,
    meeting_id TEXT NOT NULL,
    is_over INTEGER NOT NULL,
    invoked_us INTEGER NOT NULL,
    content TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recordings_by_meeting ON recordings (meeting_id, invoked_us);
CREATE INDEX IF NOT EXISTS recordings_under_way ON recordings (id) WHERE is_over = 0;
CREATE TABLE IF NOT EXISTS webhooks (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    meeting_id TEXT NOT NULL,
    due_us INTEGER,
    content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due_us) WHERE due_us IS NOT NULL;
"""


class Session:
    """The contents, within one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def meeting(self, id: str) -> Meeting | None:
        """Return the meeting of that id."""
        row = self._db.execute("SELECT content FROM meetings WHERE id = ?", (id,)).fetchone()
        return msgspec.json.decode(row[0], type=Meeting) if row else None

    def recording(self, id: str) -> Recording | None:
        """Return the recording of that id."""
        row = self._db.execute("SELECT content FROM recordings WHERE id = ?", (id,)).fetchone()
        return _recording(row) if row else None

    def recordings(self, meeting_id: str | None = None) -> list[Recording]:
        """Return the recordings, of one meeting or of all, oldest first."""
        where = "meeting_id = ?" if meeting_id is not None else "? IS NULL"
        query = f"SELECT content FROM recordings WHERE {where} ORDER BY invoked_us, id"  # noqa: S608 - of two texts
        return [_recording(row) for row in self._db.execute(query, (meeting_id,))]

    def under_way(self) -> list[Recording]:
        """Return the recordings that may change by themselves."""
        return [_recording(row) for row in self._db.execute("SELECT content FROM recordings WHERE is_over = 0")]

    def webhooks(self, meeting_id: str) -> list[Webhook]:
        """Return the webhooks of a meeting, oldest first."""
        query = "SELECT content FROM webhooks WHERE meeting_id = ? ORDER BY seq"
        return [_webhook(row) for row in self._db.execute(query, (meeting_id,))]

    def webhook(self, id: str) -> Webhook | None:
        """Return the webhook of that id."""
        row = self._db.execute("SELECT content FROM webhooks WHERE id = ?", (id,)).fetchone()
        return _webhook(row) if row else None

    def webhooks_to_send(self) -> list[Webhook]:
        """Return the webhooks that wait, those first that are due first."""
        query = "SELECT content FROM webhooks WHERE due_us IS NOT NULL ORDER BY due_us, seq"
        return [_webhook(row) for row in self._db.execute(query)]

    def save_meeting(self, meeting: Meeting) -> None:
        """Insert or replace a meeting."""
        self._db.execute("INSERT OR REPLACE INTO meetings VALUES (?, ?)", (meeting.id, _text(meeting)))

    def save_recording(self, recording: Recording) -> None:
        """Insert or replace a recording."""
        fields = (recording.id, recording.meeting_id, recording.status in OVER, recording.invoked_us)
        self._db.execute("INSERT OR REPLACE INTO recordings VALUES (?, ?, ?, ?, ?)", (*fields, _text(recording)))

    def forget_recording(self, id: str) -> None:
        """Delete a recording."""
        self._db.execute("DELETE FROM recordings WHERE id = ?", (id,))

    def save_webhook(self, webhook: Webhook) -> None:
        """Insert a webhook, or replace it where it was in the order."""
        due_us = webhook.due_us if webhook.state == "waiting" else None
        self._db.execute(
            "INSERT INTO webhooks (id, meeting_id, due_us, content) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET due_us = excluded.due_us, content = excluded.content",
            (webhook.id, webhook.meeting_id, due_us, _text(webhook)),
        )


class Store:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run the block in a transaction: committed when it ends, undone when it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Session(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise


def _text(entity: msgspec.Struct) -> str:
    return msgspec.json.encode(entity).decode()


def _recording(row: tuple[str]) -> Recording:
    return msgspec.json.decode(row[0], type=Recording)


def _webhook(row: tuple[str]) -> Webhook:
    return msgspec.json.decode(row[0], type=Webhook)
