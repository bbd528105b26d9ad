"""The ports in memory: what a use case could notice of the real ones, and nothing else. `Media` is in `fake_media`.

`FakeRecordings` isolates transactions as Firestore does: reads are of one moment, writes wait for the commit, and a
commit whose reads have changed since runs again. Faults are switched on by the test that wants them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from shared.errors import Upstream
from shared.recordings.calls import QueuedCall
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.grants import UploadGrant
from shared.recordings.idempotency import OnceRecord
from shared.recordings.keys import ApiKey
from shared.recordings.preferences import Preferences
from shared.recordings.rates import RateWindow
from shared.recordings.recording import NOBODY, Caller, Recording, State, Tombstone
from shared.recordings.runs import Run, Shard, StepTask
from shared.recordings.texts import Text
from shared.rooms.domain import ProviderLink

if TYPE_CHECKING:
    from shared.ports import Entity, Transaction

Value = TypeVar("Value")
Result = TypeVar("Result")
Document = Mapping[str, Any]
Key = tuple[type, str]

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
#: As many tries as the real store makes of a contended transaction.
TRANSACTION_ATTEMPTS = 20


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


class FakeIds:
    """UUIDs in an order of their own, the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(4)

    def uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def code(self, length: int) -> str:
        return "".join(self._random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))


class FakeKeys:
    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    def find(self, id: str) -> ApiKey | None:
        return self._keys.get(id)

    def save(self, key: ApiKey) -> None:
        self._keys[key.id] = key


class FakeTasks:
    """Queues that remember the names of their tasks, as Cloud Tasks does for about an hour."""

    def __init__(self) -> None:
        self.waiting: dict[str, StepTask] = {}
        self.calls: dict[str, QueuedCall] = {}
        self.is_down = False
        self._remembered: set[str] = set()

    def enqueue(self, task: StepTask) -> None:
        if self.is_down:
            raise Upstream("the queue is down")
        if task.name not in self._remembered:
            self._remembered.add(task.name)
            self.waiting[task.name] = task

    def knows(self, task: StepTask) -> bool:
        return task.name in self.waiting

    def call(self, call: QueuedCall) -> None:
        if self.is_down:
            raise Upstream("the queue is down")
        if call.name not in self._remembered:
            self._remembered.add(call.name)
            self.calls[call.name] = call

    def acknowledge(self, task: StepTask) -> None:
        """Take a task off its queue, as a 2xx of its target does."""
        self.waiting.pop(task.name, None)

    def lose(self, task: StepTask, *, even_its_name: bool = True) -> None:
        """Lose a task; one whose name is still remembered cannot come back under it."""
        self.acknowledge(task)
        if even_its_name:
            self._remembered.discard(task.name)


class FakeTransaction:
    """One attempt: what it reads is of the moment when it began, what it writes waits for the commit."""

    def __init__(self, documents: Mapping[Key, Document]) -> None:
        self._documents = dict(documents)
        self.seen: dict[Key, Document | None] = {}
        self.writes: dict[Key, Document | None] = {}

    def recording(self, id: str) -> Recording | None:
        return self._read(Recording, id)

    def tombstone(self, id: str) -> Tombstone | None:
        return self._read(Tombstone, id)

    def run(self, id: str) -> Run | None:
        return self._read(Run, id)

    def shard(self, run_id: str, step: str, number: int) -> Shard | None:
        return self._read(Shard, f"{run_id}.{step}.{number}")

    def once(self, id: str) -> OnceRecord | None:
        return self._read(OnceRecord, id)

    def text(self, recording_id: str, name: str) -> Text | None:
        return self._read(Text, f"{recording_id}.{name}")

    def preferences(self, id: str) -> Preferences | None:
        return self._read(Preferences, id)

    def grant(self, id: str) -> UploadGrant | None:
        return self._read(UploadGrant, id)

    def rate(self, id: str) -> RateWindow | None:
        return self._read(RateWindow, id)

    def save(self, *entities: Entity) -> None:
        for entity in entities:
            self.writes[_key_of(entity)] = _storable(to_plain(entity))

    def remove(self, *entities: Entity) -> None:
        for entity in entities:
            self.writes[_key_of(entity)] = None

    def _read(self, type_: type[Value], id: str) -> Value | None:
        document = self._documents.get((type_, id))
        self.seen[type_, id] = document
        return None if document is None else from_plain(document, type_)


class FakeRecordings:
    """The data layer in a dictionary. Every entity goes through the real codec, both ways."""

    view = FakeTransaction

    def __init__(self) -> None:
        self.documents: dict[Key, Document] = {}
        self.reads = 0  #: documents read outside transactions, misses included, as Firestore bills them
        self.written: list[Key] = []
        self._conflicts = 0
        self._loses_answer = False
        self._interruptions: list[Callable[[], object]] = []

    def conflict(self, times: int) -> None:
        """Let the next commit fail as contended, and so run again, that many times."""
        self._conflicts = times

    def interrupt(self, other: Callable[[], object]) -> None:
        """Let `other` happen between the reads and the commit of the next transaction."""
        self._interruptions.append(other)

    def calm_down(self) -> None:
        """Forget the faults that have not happened yet."""
        self._conflicts, self._loses_answer = 0, False
        self._interruptions.clear()

    def lose_answer(self) -> None:
        """Let the next commit arrive and its answer be lost."""
        self._loses_answer = True

    def transact(self, work: Callable[[Transaction], Result]) -> Result:
        for _ in range(TRANSACTION_ATTEMPTS):
            view = self.view(self.documents)
            result = work(view)
            if self._interruptions:
                self._interruptions.pop(0)()
            if self._conflicts:
                self._conflicts -= 1
            elif all(self.documents.get(key) is document for key, document in view.seen.items()):
                self._commit(view)
                return result
        raise Upstream("too many transactions at once")

    def find(self, id: str) -> Recording | None:
        return self._get(Recording, id)

    def find_tombstone(self, id: str) -> Tombstone | None:
        return self._get(Tombstone, id)

    def find_run(self, id: str) -> Run | None:
        return self._get(Run, id)

    def find_shard(self, run_id: str, step: str, number: int) -> Shard | None:
        return self._get(Shard, f"{run_id}.{step}.{number}")

    def shards(self, run_id: str, step: str) -> list[Shard]:
        found = [shard for shard in self.all_of(Shard) if (shard.run_id, shard.step) == (run_id, step)]
        return sorted(found, key=lambda shard: shard.number)

    def find_texts(self, recording_ids: Sequence[str], name: str) -> Mapping[str, str]:
        found = {id: self._get(Text, f"{id}.{name}") for id in recording_ids}
        return {id: text.content for id, text in found.items() if text is not None}

    def find_preferences(self, id: str) -> Preferences | None:
        return self._get(Preferences, id)

    def latest(self, owner: Caller, family: str, *, limit: int) -> list[Recording]:
        mine = (owner.tenant_id, family, owner.user_id)
        found = [one for one in self.all_of(Recording) if (one.tenant_id, one.family, one.user_id) == mine]
        return sorted(found, key=lambda one: one.updated_at, reverse=True)[:limit]

    def newest(self, owner: Caller, family: str, *, limit: int, offset: int) -> list[Recording]:
        mine = (owner.tenant_id, family, owner.user_id)
        found = [one for one in self.all_of(Recording) if (one.tenant_id, one.family, one.user_id) == mine]
        newest_first = sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)
        self.reads += len(newest_first[: offset + limit])
        return newest_first[offset : offset + limit]

    def unclaimed(self, before: datetime, family: str, *, limit: int) -> list[Recording]:
        found = [one for one in self.all_of(Recording) if (one.tenant_id, one.family) == (NOBODY, family)]
        return _due(found, lambda one: one.created_at, before, limit)

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
        found = [
            one
            for one in self.all_of(Recording)
            if (one.tenant_id, one.family) == (owner.tenant_id, family)
            and (not state or one.state in state)
            and (project_id is None or one.details.get("project_id") == project_id)
            and (after is None or (one.created_at, one.id) < after)
        ]
        newest_first = sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]
        self.reads += len(newest_first)
        return newest_first

    def stalled_runs(self, before: datetime, *, limit: int) -> list[Run]:
        return _due(self.all_of(Run), lambda run: run.attention_at, before, limit)

    def stalled_shards(self, before: datetime, *, limit: int) -> list[Shard]:
        return _due(self.all_of(Shard), lambda shard: shard.attention_at, before, limit)

    def open_shards(self, run_id: str, step: str) -> int:
        return sum((one.run_id, one.step, one.is_open) == (run_id, step, True) for one in self.all_of(Shard))

    def overdue_uploads(self, before: datetime, *, limit: int) -> list[Recording]:
        return _due(self.all_of(Recording), lambda one: one.upload_deadline, before, limit)

    def due_purges(self, before: datetime, *, limit: int) -> list[Tombstone]:
        return _due(self.all_of(Tombstone), lambda one: one.purge_after, before, limit)

    def forget_runs(self, recording_id: str) -> int:
        runs = {run.id for run in self.all_of(Run) if run.recording_id == recording_id}
        gone: list[Key] = [(Run, id) for id in runs]
        gone += [_key_of(shard) for shard in self.all_of(Shard) if shard.run_id in runs]
        for key in gone:
            del self.documents[key]
        return len(gone)

    def put(self, *entities: Entity) -> None:
        """Set the scene."""
        self.transact(lambda transaction: transaction.save(*entities))

    def all_of(self, type_: type[Value]) -> list[Value]:
        """Every entity of a type, for queries and for what a test asserts."""
        return [from_plain(document, type_) for (kind, _), document in self.documents.items() if kind is type_]

    def _get(self, type_: type[Value], id: str) -> Value | None:
        self.reads += 1
        document = self.documents.get((type_, id))
        return None if document is None else from_plain(document, type_)

    def _commit(self, view: FakeTransaction) -> None:
        for key, document in view.writes.items():
            self.written.append(key)
            if document is None:
                self.documents.pop(key, None)
            else:
                self.documents[key] = document
        if self._loses_answer and view.writes:
            self._loses_answer = False
            raise Upstream("the database answered Unavailable")


def _key_of(entity: Entity) -> Key:
    if isinstance(entity, Shard):
        return Shard, f"{entity.run_id}.{entity.step}.{entity.number}"
    if isinstance(entity, Text):
        return Text, f"{entity.recording_id}.{entity.name}"
    if isinstance(entity, ProviderLink):
        return ProviderLink, f"{entity.thing}.{entity.provider_id}"
    return type(entity), entity.id


def _due(entities: list[Value], when: Callable[[Value], datetime | None], before: datetime, limit: int) -> list[Value]:
    due = [(at, entity) for entity in entities if (at := when(entity)) and at <= before]
    return [entity for _, entity in sorted(due, key=lambda pair: pair[0])[:limit]]


def _storable(document: Document) -> Document:
    """Refuse what Firestore would refuse: an integer of more than 64 bits, a document over 1 MiB."""
    _check_integers(document)
    if len(repr(document).encode()) > 1024 * 1024:
        raise ValueError("the document is larger than 1 MiB")
    return document


def _check_integers(value: object) -> None:
    if isinstance(value, Mapping):
        for member in value.values():
            _check_integers(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check_integers(member)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} has more than 64 bits")
