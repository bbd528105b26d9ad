"""The durable copy of every document: one SQLite table.

A commit is acknowledged after SQLite's own commit. In WAL mode with `synchronous=NORMAL` that survives the
death of the process (not the loss of power of the machine).
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from shared.local.firestore.wire import Document, Message


class Journal:
    """The documents on disk; every call is made under the lock of the store."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, message BLOB NOT NULL) WITHOUT ROWID"
        )

    def documents(self) -> Iterator[Message]:
        """Yield every document."""
        for (message,) in self._connection.execute("SELECT message FROM documents"):
            yield Document.FromString(message)

    def commit(self, changes: Mapping[str, Message | None]) -> None:
        """Store new documents and remove those that are None, all or nothing."""
        kept = [(name, document.SerializeToString()) for name, document in changes.items() if document is not None]
        removed = [(name,) for name, document in changes.items() if document is None]
        with self._connection:  # rolls back on an exception; the transaction itself is begun here
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("REPLACE INTO documents VALUES (?, ?)", kept)
            self._connection.executemany("DELETE FROM documents WHERE name = ?", removed)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
