"""What the use cases need from the world, in the domain's words. Adapters are named in `shared/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

if TYPE_CHECKING:  # a port speaks the domain's words and must not make the layers meet
    from shared.recordings.idempotency import OnceRecord
    from shared.recordings.keys import ApiKey
    from shared.recordings.recording import Bucket, Caller, Recording, State, StoredObject, Tombstone
    from shared.recordings.runs import Run, Shard, StepTask

    Entity = Recording | Run | Shard | Tombstone | OnceRecord | ApiKey

Result = TypeVar("Result")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class Ids(Protocol):
    """Where new ids come from."""

    def uuid(self) -> str:
        """A new random UUID, as text."""


class Transaction(Protocol):
    """What one transaction may read and write. All reads see one moment; writes happen together or not at all."""

    def recording(self, id: str) -> Recording | None:
        """The recording of any family, or None when it is unknown or deleted."""

    def tombstone(self, id: str) -> Tombstone | None:
        """What is left of a deleted recording."""

    def run(self, id: str) -> Run | None:
        """The run, or None."""

    def shard(self, run_id: str, step: str, number: int) -> Shard | None:
        """One shard of a step, or None."""

    def once(self, id: str) -> OnceRecord | None:
        """What is remembered of an idempotency key."""

    def save(self, *entities: Entity) -> None:
        """Write these whole when the transaction commits."""

    def remove(self, *entities: Entity) -> None:
        """Delete these when the transaction commits."""


class Recordings(Protocol):
    """The data layer: recordings, their runs, and what is remembered of deleted ones."""

    def transact(self, work: Callable[[Transaction], Result]) -> Result:
        """Run `work` in a transaction. It may be called several times: it must have no other effects.

        Raises:
            Upstream: the database did not take it after several tries.
        """

    def find(self, id: str) -> Recording | None:
        """The recording of any family, or None when it is unknown or deleted."""

    def find_tombstone(self, id: str) -> Tombstone | None:
        """What is left of a deleted recording."""

    def find_run(self, id: str) -> Run | None:
        """The run, or None."""

    def find_shard(self, run_id: str, step: str, number: int) -> Shard | None:
        """One part of a step that was fanned out, or None."""

    def page(
        self,
        owner: Caller,
        family: str,
        *,
        state: Sequence[State],
        project_id: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Recording]:
        """The tenant's recordings, newest first, from behind `after` (created_at, id); costs one read each."""

    def stalled_runs(self, before: datetime, *, limit: int) -> list[Run]:
        """Live runs with a step that somebody should have looked after by now."""

    def stalled_shards(self, before: datetime, *, limit: int) -> list[Shard]:
        """Open shards that somebody should have looked after by now."""

    def open_shards(self, run_id: str, step: str) -> int:
        """How many shards of the step have not ended."""

    def overdue_uploads(self, before: datetime, *, limit: int) -> list[Recording]:
        """Recordings whose upload should have arrived by now."""

    def due_purges(self, before: datetime, *, limit: int) -> list[Tombstone]:
        """Deleted recordings that nothing can be writing to any more."""

    def forget_runs(self, recording_id: str) -> int:
        """Delete the runs and shards of a recording that is gone; how many documents went."""


class Keys(Protocol):
    """API keys."""

    def find(self, id: str) -> ApiKey | None:
        """The key, or None; may be up to 60 s old: that is how long a revocation takes."""

    def save(self, key: ApiKey) -> None:
        """Keep a new or changed key."""


class Tasks(Protocol):
    """The queues."""

    def enqueue(self, task: StepTask) -> None:
        """Put the task on its queue; harmless when it is there already.

        Raises:
            Upstream: the queue did not answer.
        """

    def knows(self, task: StepTask) -> bool:
        """Whether the queue still has the task."""


class Media(Protocol):
    """The media store: what clients uploaded, and what we made of it."""

    def describe(self, bucket: Bucket, name: str) -> StoredObject | None:
        """The live generation of an object, or None."""

    def open(self, stored: StoredObject) -> BinaryIO:
        """A seekable file over exactly this generation, read by ranges.

        Raises:
            FileNotFoundError: this generation is gone.
        """

    def read(self, stored: StoredObject, *, start: int, end: int) -> bytes:
        """The stored bytes from `start` up to, not including, `end`."""

    def stream(self, stored: StoredObject) -> Iterator[bytes]:
        """The stored bytes, as they are, in pieces."""

    def save(
        self, name: str, content: bytes | Path, *, content_type: str, content_encoding: str | None = None
    ) -> StoredObject:
        """Write a new object to the media bucket. The same write twice is one object."""

    def copy(self, source: StoredObject, name: str) -> StoredObject:
        """Copy exactly this generation to the media bucket.

        Raises:
            FileNotFoundError: this generation is gone.
        """

    def delete(self, stored: StoredObject) -> None:
        """Remove this generation; harmless when it is gone."""

    def delete_prefix(self, bucket: Bucket, prefix: str) -> int:
        """Remove every object that begins with `prefix`; how many there were."""

    def older_than(self, bucket: Bucket, before: datetime) -> Iterator[StoredObject]:
        """Every object created before then, in the order of names."""

    def signed_put(self, bucket: Bucket, name: str, *, lifetime: timedelta) -> str:
        """A URL that takes one PUT of this object; only the host is signed."""

    def signed_get(self, stored: StoredObject, *, lifetime: timedelta, content_type: str | None = None) -> str:
        """A URL that reads this generation."""
