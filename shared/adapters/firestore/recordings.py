"""The data layer over google-cloud-firestore."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from google.api_core import exceptions as google
from google.cloud import firestore

from shared.adapters.firestore import queries
from shared.adapters.firestore.documents import COLLECTIONS, Collection, class_of, from_document, to_document
from shared.adapters.firestore.queries import NamedQuery, build
from shared.errors import Upstream
from shared.recordings.recording import NOBODY

if TYPE_CHECKING:  # a class is imported with its first document
    from shared.ports import Entity, Transaction
    from shared.recordings.grants import UploadGrant
    from shared.recordings.idempotency import OnceRecord
    from shared.recordings.preferences import Preferences
    from shared.recordings.rates import RateWindow
    from shared.recordings.recording import Caller, Recording, State, Tombstone
    from shared.recordings.runs import Run, Shard
    from shared.recordings.texts import Text

log = logging.getLogger("playhead.database")

Result = TypeVar("Result")

TIMEOUT_S = 20
#: A contended document (two steps of one run ending at once) is tried again at once, this often.
TRANSACTION_ATTEMPTS = 20
_DELETE_BATCH = 200


class FirestoreTransaction:
    """One attempt of a transaction: reads go through, writes wait for the commit."""

    collections: ClassVar[Mapping[str, Collection]] = COLLECTIONS

    def __init__(self, client: firestore.Client, transaction: firestore.Transaction) -> None:
        self._client = client
        self._transaction = transaction
        self._writes: dict[firestore.DocumentReference, dict[str, Any] | None] = {}

    def recording(self, id: str) -> Recording | None:
        return self._read("Recording", id)

    def tombstone(self, id: str) -> Tombstone | None:
        return self._read("Tombstone", id)

    def run(self, id: str) -> Run | None:
        return self._read("Run", id)

    def shard(self, run_id: str, step: str, number: int) -> Shard | None:
        return self._read("Shard", f"{run_id}.{step}.{number}")

    def once(self, id: str) -> OnceRecord | None:
        return self._read("OnceRecord", id)

    def text(self, recording_id: str, name: str) -> Text | None:
        return self._read("Text", f"{recording_id}.{name}")

    def preferences(self, id: str) -> Preferences | None:
        return self._read("Preferences", id)

    def grant(self, id: str) -> UploadGrant | None:
        return self._read("UploadGrant", id)

    def rate(self, id: str) -> RateWindow | None:
        return self._read("RateWindow", id)

    def save(self, *entities: Entity) -> None:
        for entity in entities:
            self._writes[self._reference(entity)] = to_document(entity)

    def remove(self, *entities: Entity) -> None:
        for entity in entities:
            self._writes[self._reference(entity)] = None

    def flush(self) -> None:
        """Hand the writes to Firestore's own transaction, which has read all that it will."""
        for reference, fields in self._writes.items():
            if fields is None:
                self._transaction.delete(reference)
            else:
                self._transaction.set(reference, fields)

    def _read(self, kind: str, id: str) -> Any:
        collection = self.collections[kind]
        reference = self._client.collection(collection.name).document(id)
        snapshot = reference.get(transaction=self._transaction, timeout=TIMEOUT_S)
        return from_document(snapshot.to_dict(), class_of(kind, collection)) if snapshot.exists else None

    def _reference(self, entity: Entity) -> firestore.DocumentReference:
        collection = self.collections[type(entity).__name__]
        return self._client.collection(collection.name).document(collection.id_of(entity))


class FirestoreRecordings:
    """`Recordings` in Firestore, native mode."""

    view: ClassVar[type[FirestoreTransaction]] = FirestoreTransaction

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def transact(self, work: Callable[[Transaction], Result]) -> Result:
        @firestore.transactional
        def attempt(transaction: firestore.Transaction) -> Result:
            view = self.view(self._client, transaction)
            result = work(view)
            view.flush()
            return result

        with translated():
            result: Result = attempt(self._client.transaction(max_attempts=TRANSACTION_ATTEMPTS))
            return result

    def find(self, id: str) -> Recording | None:
        return self._get("Recording", id)

    def find_tombstone(self, id: str) -> Tombstone | None:
        return self._get("Tombstone", id)

    def find_run(self, id: str) -> Run | None:
        return self._get("Run", id)

    def find_shard(self, run_id: str, step: str, number: int) -> Shard | None:
        return self._get("Shard", f"{run_id}.{step}.{number}")

    def shards(self, run_id: str, step: str) -> list[Shard]:
        return self._run(build(self._client, queries.SHARDS_OF_STEP, {"run_id": run_id, "step": step}), "Shard")

    def find_texts(self, recording_ids: Sequence[str], name: str) -> Mapping[str, str]:
        collection = COLLECTIONS["Text"]
        texts, entity = self._client.collection(collection.name), class_of("Text", collection)
        references = [texts.document(f"{id}.{name}") for id in recording_ids]
        with translated():
            found = [one.to_dict() for one in self._client.get_all(references, timeout=TIMEOUT_S) if one.exists]
        return {text.recording_id: text.content for text in (from_document(one, entity) for one in found)}

    def find_preferences(self, id: str) -> Preferences | None:
        return self._get("Preferences", id)

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
        values: dict[str, Any] = {"tenant_id": owner.tenant_id, "family": family}
        if state:
            values["state"] = [str(one) for one in state] if len(state) > 1 else str(state[0])
        if project_id:
            values["details.project_id"] = project_id
        query = build(self._client, queries.RECORDINGS_PAGE, values, limit=limit)
        if after is not None:
            created_at, last_id = after
            reference = self._client.collection("recordings").document(last_id)
            query = query.start_after({"created_at": created_at, "__name__": reference})
        return self._run(query, "Recording")

    def latest(self, owner: Caller, family: str, *, limit: int) -> list[Recording]:
        values = {"tenant_id": owner.tenant_id, "family": family, "user_id": owner.user_id}
        return self._run(build(self._client, queries.LATEST_OF_USER, values, limit=limit), "Recording")

    def newest(self, owner: Caller, family: str, *, limit: int, offset: int) -> list[Recording]:
        values = {"tenant_id": owner.tenant_id, "family": family, "user_id": owner.user_id}
        query = build(self._client, queries.NEWEST_OF_USER, values, limit=limit)
        return self._run(query.offset(offset), "Recording")

    def unclaimed(self, before: datetime, family: str, *, limit: int) -> list[Recording]:
        values = {"tenant_id": NOBODY, "family": family, "created_at": before}
        return self._due(queries.UNCLAIMED, "Recording", values, limit)

    def stalled_runs(self, before: datetime, *, limit: int) -> list[Run]:
        return self._due(queries.STALLED_RUNS, "Run", {"attention_at": before}, limit)

    def stalled_shards(self, before: datetime, *, limit: int) -> list[Shard]:
        return self._due(queries.STALLED_SHARDS, "Shard", {"attention_at": before}, limit)

    def overdue_uploads(self, before: datetime, *, limit: int) -> list[Recording]:
        return self._due(queries.OVERDUE_UPLOADS, "Recording", {"upload_deadline": before}, limit)

    def due_purges(self, before: datetime, *, limit: int) -> list[Tombstone]:
        return self._due(queries.DUE_PURGES, "Tombstone", {"purge_after": before}, limit)

    def open_shards(self, run_id: str, step: str) -> int:
        values = {"run_id": run_id, "step": step, "is_open": True}
        return self._count(build(self._client, queries.OPEN_SHARDS, values))

    def forget_runs(self, recording_id: str) -> int:
        gone = 0
        query = build(self._client, queries.RUNS_OF_RECORDING, {"recording_id": recording_id})
        with translated():
            for run in list(query.select([]).stream(timeout=TIMEOUT_S)):
                shards = build(self._client, queries.SHARDS_OF_RUN, {"run_id": run.id})
                found = [shard.reference for shard in shards.select([]).stream(timeout=TIMEOUT_S)]
                gone += self._delete([*found, run.reference])
        return gone

    def _delete(self, references: list[firestore.DocumentReference]) -> int:
        for start in range(0, len(references), _DELETE_BATCH):
            batch = self._client.batch()
            for reference in references[start : start + _DELETE_BATCH]:
                batch.delete(reference)
            batch.commit(timeout=TIMEOUT_S)
        return len(references)

    def _get(self, kind: str, id: str) -> Any:
        collection = self.view.collections[kind]
        reference = self._client.collection(collection.name).document(id)
        with translated():
            snapshot = reference.get(timeout=TIMEOUT_S)
        return from_document(snapshot.to_dict(), class_of(kind, collection)) if snapshot.exists else None

    def _due(self, query: NamedQuery, kind: str, values: dict[str, Any], limit: int) -> list[Any]:
        """What a job has to do something about."""
        return self._readable(build(self._client, query, values), kind, limit)

    def _count(self, query: firestore.Query) -> int:
        with translated():
            counted: Any = query.count()
            return int(counted.get(timeout=TIMEOUT_S)[0][0].value)

    def _run(self, query: firestore.Query, kind: str) -> list[Any]:
        entity = class_of(kind, self.view.collections[kind])
        with translated():
            return [from_document(found.to_dict(), entity) for found in query.stream(timeout=TIMEOUT_S)]

    def _readable(self, query: firestore.Query, kind: str, limit: int) -> list[Any]:
        """For jobs: what cannot be read is logged and passed over, for it would keep all the others waiting."""
        entity = class_of(kind, self.view.collections[kind])
        readable: list[Any] = []
        while missing := limit - len(readable):
            with translated():
                page = list(query.limit(missing).stream(timeout=TIMEOUT_S))
            for found in page:
                try:
                    readable.append(from_document(found.to_dict(), entity))
                except ValueError:
                    log.exception("%s cannot be read", found.reference.path)
            if len(page) < missing:
                break
            query = query.start_after(page[-1])
        return readable


@contextmanager
def translated() -> Iterator[None]:
    """Google's failures in our words."""
    try:
        yield
    except google.GoogleAPICallError as error:
        raise Upstream(f"the database answered {type(error).__name__}") from error
    except google.RetryError as error:
        raise Upstream("the database did not answer in time") from error
    except ValueError as error:
        if isinstance(error.__cause__, google.Aborted):  # how the client says that it gave up
            raise Upstream("too many transactions at once") from error
        raise
