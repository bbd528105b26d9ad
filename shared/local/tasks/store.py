"""Queues, tasks and remembered names in SQLite, the only place where they are.

Every method is one transaction, committed when it returns: what was acknowledged survives `kill -9`. Which
attempts are under way is *not* stored, so a restart finds those tasks due and delivers them again.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from google.cloud.tasks_v2 import Queue, Task

from shared.local.tasks.attempts import StoredTask

NAME_MEMORY_S = 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, queue BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
    due_s REAL NOT NULL,
    executions INTEGER NOT NULL,
    previous_status INTEGER,
    task BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (queue, due_s, seq);

CREATE TABLE IF NOT EXISTS remembered_names (
    name TEXT PRIMARY KEY,
    queue TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
    until_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS remembered_names_by_end ON remembered_names (until_s);
CREATE INDEX IF NOT EXISTS remembered_names_by_queue ON remembered_names (queue);
"""
_COLUMNS = "seq, executions, previous_status, task"


class NameTaken(Exception):
    """There is a task of that name."""


class NameRemembered(Exception):
    """There was a task of that name not long ago."""


class QueueMissing(Exception):
    """There is no such queue."""


class Store:
    """The database of one server; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        """Open the database at `path`, making it when it is missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # NORMAL in WAL mode: a commit survives the death of the process, if not every power cut.
        self._database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;" + _SCHEMA
        )

    def queues(self) -> list[Queue]:
        """Return every queue, by name."""
        with self._lock:
            rows = self._database.execute("SELECT queue FROM queues ORDER BY name").fetchall()
        return [Queue.deserialize(encoded) for (encoded,) in rows]

    def queue(self, name: str) -> Queue | None:
        """Return the queue `name`."""
        with self._lock:
            row = self._database.execute("SELECT queue FROM queues WHERE name = ?", (name,)).fetchone()
        return Queue.deserialize(row[0]) if row else None

    def save_queue(self, queue: Queue) -> None:
        """Add the queue, or replace the one of the same name; its tasks stay."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO queues VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET queue = excluded.queue",
                (queue.name, Queue.serialize(queue)),
            )

    def delete_queue(self, name: str) -> bool:
        """Remove the queue with its tasks and remembered names; tell whether there was one."""
        with self._transaction() as database:
            return database.execute("DELETE FROM queues WHERE name = ?", (name,)).rowcount > 0

    def add_task(self, task: StoredTask, now_s: float) -> None:
        """Add a task under a name that is free.

        Raises:
            NameTaken: the name is that of a task.
            NameRemembered: the name is that of a task that ended less than an hour ago.
            QueueMissing: its queue does not exist.
        """
        with self._transaction() as database:
            if self.remembers(task.task.name, now_s):
                raise NameRemembered(task.task.name)
            if database.execute("SELECT 1 FROM tasks WHERE name = ?", (task.task.name,)).fetchone():
                raise NameTaken(task.task.name)
            if self.queue(task.queue_name) is None:
                raise QueueMissing(task.queue_name)
            database.execute(
                "INSERT INTO tasks (name, queue, due_s, executions, task) VALUES (?, ?, ?, 0, ?)",
                (task.task.name, task.queue_name, task.due_s, Task.serialize(task.task)),
            )

    def save_task(self, task: StoredTask) -> None:
        """Write a task's new state; one that was removed meanwhile stays removed."""
        with self._transaction() as database:
            database.execute(
                "UPDATE tasks SET due_s = ?, executions = ?, previous_status = ?, task = ? WHERE seq = ?",
                (task.due_s, task.executions, task.previous_status, Task.serialize(task.task), task.seq),
            )

    def remove_task(self, task: StoredTask, now_s: float) -> None:
        """Remove a task and remember its name for an hour."""
        with self._transaction() as database:
            database.execute("DELETE FROM tasks WHERE seq = ?", (task.seq,))
            database.execute("DELETE FROM remembered_names WHERE until_s < ?", (now_s,))
            database.execute(
                "INSERT OR REPLACE INTO remembered_names SELECT ?, name, ? FROM queues WHERE name = ?",
                (task.task.name, now_s + NAME_MEMORY_S, task.queue_name),
            )

    def remove_tasks(self, queue_name: str, now_s: float) -> None:
        """Remove every task of a queue and remember their names for an hour."""
        with self._transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO remembered_names SELECT name, queue, ? FROM tasks WHERE queue = ?",
                (now_s + NAME_MEMORY_S, queue_name),
            )
            database.execute("DELETE FROM tasks WHERE queue = ?", (queue_name,))

    def remembers(self, name: str, now_s: float) -> bool:
        """Tell whether a task of that name ended less than an hour ago."""
        with self._lock:
            statement = "SELECT 1 FROM remembered_names WHERE name = ? AND until_s > ?"
            return self._database.execute(statement, (name, now_s)).fetchone() is not None

    def task(self, name: str) -> StoredTask | None:
        """Return the task `name`."""
        return self._one_task("name = ?", name)

    def task_at(self, seq: int) -> StoredTask | None:
        """Return the task that was created as number `seq`."""
        return self._one_task("seq = ?", seq)

    def tasks(self, queue_name: str, *, after: str, limit: int) -> list[StoredTask]:
        """Return up to `limit` tasks of a queue, by name, whose names are greater than `after`."""
        with self._lock:
            rows = self._database.execute(
                f"SELECT {_COLUMNS} FROM tasks WHERE queue = ? AND name > ? ORDER BY name LIMIT ?",  # noqa: S608
                (queue_name, after, limit),
            ).fetchall()
        return [_stored_task(row) for row in rows]

    def due(self, queue_name: str, now_s: float, limit: int) -> list[int]:
        """Return the numbers of up to `limit` tasks of a queue that are due, the longest due first."""
        statement = "SELECT seq FROM tasks WHERE queue = ? AND due_s <= ? ORDER BY due_s, seq LIMIT ?"
        with self._lock:
            return [seq for (seq,) in self._database.execute(statement, (queue_name, now_s, limit))]

    def next_due_s(self, queue_name: str, after_s: float) -> float | None:
        """Return when the next task of a queue is due that is not due at `after_s`."""
        statement = "SELECT MIN(due_s) FROM tasks WHERE queue = ? AND due_s > ?"
        with self._lock:
            (due_s,) = self._database.execute(statement, (queue_name, after_s)).fetchone()
        return float(due_s) if due_s is not None else None

    def task_count(self) -> int:
        """Return how many tasks there are, in all queues."""
        with self._lock:
            (count,) = self._database.execute("SELECT COUNT(*) FROM tasks").fetchone()
        return int(count)

    def _one_task(self, condition: str, key: str | int) -> StoredTask | None:
        with self._lock:
            statement = f"SELECT {_COLUMNS} FROM tasks WHERE {condition}"  # noqa: S608
            row = self._database.execute(statement, (key,)).fetchone()
        return _stored_task(row) if row else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _stored_task(row: tuple[int, int, int | None, bytes]) -> StoredTask:
    seq, executions, previous_status, encoded = row
    return StoredTask(Task.deserialize(encoded), executions, previous_status, seq)
