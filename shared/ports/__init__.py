"""What the use cases need from the world, in the domain's words. Adapters are named in `shared/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

if TYPE_CHECKING:  # a port speaks the domain's words and must not make the layers meet
    from shared.recordings.calls import QueuedCall
    from shared.recordings.grants import UploadGrant
    from shared.recordings.idempotency import OnceRecord
    from shared.recordings.keys import ApiKey
    from shared.recordings.preferences import Preferences
    from shared.recordings.rates import RateWindow
    from shared.recordings.recording import Bucket, Caller, Recording, State, StoredObject, Tombstone
    from shared.recordings.runs import Run, Shard, StepTask
    from shared.recordings.texts import Text
    from shared.rooms.domain import DeletedRecording, Delivery, ProviderLink, ReceivedWebhook, Room, Tenant

    RoomEntity = Room | Tenant | ProviderLink | DeletedRecording | Delivery | ReceivedWebhook
    OwnedEntity = Recording | Run | Shard | Tombstone | Text | Preferences | UploadGrant
    Entity = OwnedEntity | OnceRecord | ApiKey | RateWindow | RoomEntity

Result = TypeVar("Result")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class Ids(Protocol):
    """Where new ids come from."""

    def uuid(self) -> str:
        """A new random UUID, as text."""

    def code(self, length: int) -> str:
        """So many random capital letters and digits; with 8 of them two are equal once in 2.8e12."""


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

    def text(self, recording_id: str, name: str) -> Text | None:
        """A long text of a recording, or None."""

    def preferences(self, id: str) -> Preferences | None:
        """What a user has chosen, or None while that is nothing."""

    def grant(self, id: str) -> UploadGrant | None:
        """Leave to upload, or None when it was never given or is long over."""

    def rate(self, id: str) -> RateWindow | None:
        """What an address has done lately, or None when it is nothing."""

    def save(self, *entities: Entity) -> None:
        """Write these whole when the transaction commits."""

    def remove(self, *entities: Entity) -> None:
        """Delete these when the transaction commits."""


class Recordings(Protocol):
    """The data layer: recordings, their runs, and what is remembered of deleted ones.

    What is due for a job passes over documents that cannot be read, and logs them: others would wait behind them.
    """

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

    def shards(self, run_id: str, step: str) -> list[Shard]:
        """Every part of a step that was fanned out, by number; costs one read each."""

    def find_texts(self, recording_ids: Sequence[str], name: str) -> Mapping[str, str]:
        """The texts of that name by recording, of those that have one; costs one read each."""

    def find_preferences(self, id: str) -> Preferences | None:
        """What a user has chosen, or None while that is nothing."""

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

    def latest(self, owner: Caller, family: str, *, limit: int) -> list[Recording]:
        """The user's recordings, the one that changed last first; costs one read each."""

    def newest(self, owner: Caller, family: str, *, limit: int, offset: int) -> list[Recording]:
        """The user's recordings, newest first, without the first `offset`; costs one read each, passed ones too."""

    def unclaimed(self, before: datetime, family: str, *, limit: int) -> list[Recording]:
        """Recordings of nobody that were created before then, oldest first."""

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

    def call(self, call: QueuedCall) -> None:
        """Have a function called that belongs to no run; harmless when the queue knows this call already.

        Raises:
            Upstream: the queue did not answer.
        """


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

    def writer(self, bucket: Bucket, name: str, *, content_type: str) -> AbstractContextManager[BinaryIO]:
        """A file that goes to storage as it is written; if the block is left by an exception nothing stays."""

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

    def signed_put(self, bucket: Bucket, name: str, *, lifetime: timedelta, content_type: str | None = None) -> str:
        """A URL that takes a PUT of this object: with `content_type` of that type alone, else of any."""

    def signed_get(self, stored: StoredObject, *, lifetime: timedelta, content_type: str | None = None) -> str:
        """A URL that reads this generation."""


class UploadPolicy(Protocol):
    """What this deployment gives to whoever is to upload a file."""

    @property
    def offers_urls(self) -> bool:
        """Whether they are given a URL that takes the file directly."""

    def token_of(self, id: str) -> str:
        """The upload token of a recording: always the same, and kept nowhere."""


class UrlGuard(Protocol):
    """Who may be called on behalf of a user."""

    def check(self, url: str) -> None:
        """Refuse a URL whose host is not of the public internet.

        Raises:
            InvalidRequest: it is private, loopback, link-local, a metadata service, or cannot be resolved.
        """
