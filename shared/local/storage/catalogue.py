"""The SQLite file that says what exists: buckets, objects, resumable sessions and undelivered events.

It is the only truth about the blobs: a blob that no row names is rubbish. WAL with synchronous=NORMAL keeps
every committed transaction when the process is killed.
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from shared.local.storage.resources import StoredObject, now_us

_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY,
    resource TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    metageneration INTEGER NOT NULL,
    blob TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    crc32c TEXT NOT NULL,
    md5 TEXT,
    component_count INTEGER,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    new_object TEXT NOT NULL,
    blob TEXT NOT NULL,
    announced_bytes INTEGER,
    created_us INTEGER NOT NULL,
    resource TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    route TEXT NOT NULL,
    resource TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_us INTEGER NOT NULL,
    in_flight INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_by_route ON events (route, in_flight, due_us);
"""

_SAVE_OBJECT = """
INSERT OR REPLACE INTO objects VALUES (
    :bucket, :name, :generation, :metageneration, :blob, :size_bytes, :crc32c, :md5, :component_count,
    :created_us, :updated_us, :attributes
)
"""


class Catalogue:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self._last_generation: int = self._connection.execute(
            "SELECT coalesce(max(generation), 0) FROM objects"
        ).fetchone()[0]

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to the block; nothing is written meanwhile."""
        with self._lock:
            yield self._connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a transaction: committed when it ends, undone when it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def next_generation(self) -> int:
        """Return a generation that is larger than every one before it: the time in microseconds."""
        with self._lock:
            self._last_generation = max(self._last_generation + 1, now_us())
            return self._last_generation

    def blobs_in_use(self) -> set[str]:
        """Return the blobs that an object or an unfinished session names."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT blob FROM objects UNION SELECT blob FROM sessions WHERE resource IS NULL"
            ).fetchall()
        return {row["blob"] for row in rows}


def find_object(db: sqlite3.Connection, bucket: str, name: str) -> StoredObject | None:
    """Return the live object of that name."""
    row = db.execute("SELECT * FROM objects WHERE bucket = ? AND name = ?", (bucket, name)).fetchone()
    return object_of(row) if row else None


def save_object(db: sqlite3.Connection, stored: StoredObject) -> None:
    """Insert an object, or replace the one of its name."""
    db.execute(_SAVE_OBJECT, {**asdict(stored), "attributes": json.dumps(stored.attributes)})


def delete_object(db: sqlite3.Connection, stored: StoredObject) -> None:
    """Delete the row of an object."""
    db.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", (stored.bucket, stored.name))


def object_of(row: sqlite3.Row) -> StoredObject:
    """Return the object of one row of `objects`."""
    return StoredObject(**{**dict(row), "attributes": json.loads(row["attributes"])})
