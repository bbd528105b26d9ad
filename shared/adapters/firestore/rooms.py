"""The data layer of the rooms family: a module of its own, which no other family loads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from google.cloud import firestore

from shared.adapters.firestore import queries
from shared.adapters.firestore.client import firestore_client
from shared.adapters.firestore.documents import COLLECTIONS, Collection
from shared.adapters.firestore.queries import NamedQuery, build
from shared.adapters.firestore.recordings import FirestoreRecordings, FirestoreTransaction
from shared.recordings.recording import Family, State
from shared.rooms.domain import RoomStatus

if TYPE_CHECKING:
    from shared.ports.rooms import RoomsTransaction
    from shared.recordings.recording import Recording
    from shared.rooms.domain import (
        DeletedRecording,
        Delivery,
        ProviderLink,
        ProviderThing,
        ReceivedWebhook,
        Room,
        Tenant,
    )

Result = TypeVar("Result")


class _HashedCollection(Collection, frozen=True):
    """A collection of entities whose own ids may hold characters that a document's may not."""

    def id_of(self, entity: object) -> str:
        return _hashed(super().id_of(entity))


def _hashed(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()


_DOMAIN = "shared.rooms.domain"
_COLLECTIONS: Mapping[str, Collection] = {
    **COLLECTIONS,
    "Room": Collection("rooms", _DOMAIN),
    "Tenant": _HashedCollection("tenants", _DOMAIN),
    "ProviderLink": Collection("provider_links", _DOMAIN, ("thing", "provider_id")),
    "DeletedRecording": Collection("deleted_recordings", _DOMAIN),
    "Delivery": Collection("deliveries", _DOMAIN),
    "ReceivedWebhook": Collection("received_webhooks", _DOMAIN),
}
_SEEN = [str(status) for status in RoomStatus if status is not RoomStatus.DELETED]
_OPEN = [str(State.CAPTURING), str(State.PROCESSING)]


class FirestoreRoomsTransaction(FirestoreTransaction):
    """A transaction that also sees rooms."""

    collections: ClassVar[Mapping[str, Collection]] = _COLLECTIONS

    def room(self, id: str) -> Room | None:
        return self._read("Room", id)

    def tenant(self, id: str) -> Tenant | None:
        return self._read("Tenant", _hashed(id))

    def link(self, thing: ProviderThing, provider_id: str) -> ProviderLink | None:
        return self._read("ProviderLink", f"{thing}.{provider_id}")

    def deleted(self, id: str) -> DeletedRecording | None:
        return self._read("DeletedRecording", id)

    def delivery(self, id: str) -> Delivery | None:
        return self._read("Delivery", id)

    def received(self, id: str) -> ReceivedWebhook | None:
        return self._read("ReceivedWebhook", id)


class FirestoreRooms(FirestoreRecordings):
    """`Rooms` in Firestore, native mode."""

    view: ClassVar[type[FirestoreTransaction]] = FirestoreRoomsTransaction

    if TYPE_CHECKING:  # the same transaction, seen as what it is

        def transact(self, work: Callable[[RoomsTransaction], Result]) -> Result: ...

    def find_room(self, id: str) -> Room | None:
        return self._get("Room", id)

    def find_tenant(self, id: str) -> Tenant | None:
        return self._get("Tenant", _hashed(id))

    def find_link(self, thing: ProviderThing, provider_id: str) -> ProviderLink | None:
        return self._get("ProviderLink", f"{thing}.{provider_id}")

    def find_deleted(self, id: str) -> DeletedRecording | None:
        return self._get("DeletedRecording", id)

    def find_delivery(self, id: str) -> Delivery | None:
        return self._get("Delivery", id)

    def rooms_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Room]:
        return self._slice(queries.ROOMS_PAGE, "Room", {"tenant_id": tenant_id, "status": _SEEN}, limit, offset)

    def count_rooms(self, tenant_id: str) -> int:
        return self._count(build(self._client, queries.ROOMS_PAGE, {"tenant_id": tenant_id, "status": _SEEN}))

    def rooms_of(self, tenant_id: str, *, after: str, limit: int) -> list[Room]:
        return self._run(self._behind(queries.ROOMS_OF_TENANT, {"tenant_id": tenant_id}, after).limit(limit), "Room")

    def recordings_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Recording]:
        return self._slice(queries.RECORDINGS_OF_ROOMS, "Recording", _of_rooms(tenant_id), limit, offset)

    def count_recordings(self, tenant_id: str) -> int:
        return self._count(build(self._client, queries.RECORDINGS_OF_ROOMS, _of_rooms(tenant_id)))

    def rooms_to_sync(self, before: datetime, *, limit: int) -> list[Room]:
        return self._due(queries.ROOMS_TO_SYNC, "Room", {"sync_at": before}, limit)

    def open_recordings(self, room_id: str) -> list[Recording]:
        values = {"details.room_id": room_id, "state": _OPEN}
        return self._run(build(self._client, queries.OPEN_RECORDINGS, values), "Recording")

    def recordings_to_look_at(self, state: State, before: datetime, *, limit: int) -> list[Recording]:
        values = {"family": Family.ROOMS, "state": str(state), "details.look_at": before}
        return self._due(queries.RECORDINGS_TO_LOOK_AT, "Recording", values, limit)

    def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        return self._readable(self._behind(queries.TENANTS, {}, _hashed(after) if after else ""), "Tenant", limit)

    def ended_recordings(
        self, tenant_id: str, *, state: State | None, before: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[Recording]:
        values: dict[str, Any] = {**_of_rooms(tenant_id), "details.ended_at": before}
        if state is not None:
            values["state"] = str(state)
        query = build(self._client, queries.ENDED_RECORDINGS, values)
        if after is not None:
            ended_at, last_id = after
            query = query.start_after({"details.ended_at": ended_at, "__name__": self._recording(last_id)})
        return self._readable(query, "Recording", limit)

    def deleted_recordings(self, tenant_id: str, before: datetime, *, limit: int) -> list[DeletedRecording]:
        values = {"tenant_id": tenant_id, "has_files": True, "ended_at": before}
        return self._due(queries.DELETED_RECORDINGS, "DeletedRecording", values, limit)

    def deliveries_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Delivery]:
        return self._slice(queries.DELIVERIES_PAGE, "Delivery", {"tenant_id": tenant_id}, limit, offset)

    def count_deliveries(self, tenant_id: str) -> int:
        return self._count(build(self._client, queries.DELIVERIES_PAGE, {"tenant_id": tenant_id}))

    def overdue_deliveries(self, before: datetime, *, limit: int) -> list[Delivery]:
        return self._due(queries.OVERDUE_DELIVERIES, "Delivery", {"next_attempt_at": before}, limit)

    def recordings_in_order(self, *, after: str, limit: int) -> Sequence[Recording]:
        values = {"family": Family.ROOMS}
        return self._run(self._behind(queries.RECORDINGS_IN_ORDER, values, after).limit(limit), "Recording")

    def _recording(self, id: str) -> firestore.DocumentReference:
        return self._client.collection(_COLLECTIONS["Recording"].name).document(id)

    def _slice(self, query: NamedQuery, kind: str, values: dict[str, Any], limit: int, offset: int) -> list[Any]:
        return self._run(build(self._client, query, values, limit=limit).offset(offset), kind)

    def _behind(self, query: NamedQuery, values: dict[str, Any], after: str) -> firestore.Query:
        """What comes behind the document `after`, in the order of ids; from the first one where that is empty."""
        built = build(self._client, query, values)
        if not after:
            return built
        return built.start_after({"__name__": self._client.collection(query.collection).document(after)})


def _of_rooms(tenant_id: str) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "family": Family.ROOMS}


def rooms() -> FirestoreRooms:
    return FirestoreRooms(firestore_client())
