"""Every Firestore query, by name. The composite indexes and the index exemptions are derived from this table.

A query that is not here does not exist; one that needs an index has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from shared.structs import Struct

if TYPE_CHECKING:
    from google.cloud.firestore import Client, Query

Direction = Literal["ASCENDING", "DESCENDING"]

#: The order that every single-field index has within equal values: nothing to be declared for it.
_BY_ID: tuple[tuple[str, Direction], ...] = (("__name__", "ASCENDING"),)
_NEWEST_FIRST: tuple[tuple[str, Direction], ...] = (("created_at", "DESCENDING"), ("__name__", "DESCENDING"))


class NamedQuery(Struct, frozen=True, kw_only=True):
    """One query: what is equal, what may be equal, what is at most, and the order."""

    name: str
    collection: str
    equal: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  #: equalities that a call may leave out
    at_most: str | None = None
    order: tuple[tuple[str, Direction], ...] = ()

    def indexes(self) -> Iterator[tuple[tuple[str, Direction], ...]]:
        """The fields of each composite index that some call of this query needs."""
        ordered = self.order or (((self.at_most, "ASCENDING"),) if self.at_most else ())
        for count in range(len(self.optional) + 1):
            for chosen in combinations(self.optional, count):
                equal: tuple[tuple[str, Direction], ...] = tuple(
                    (field, "ASCENDING") for field in (*self.equal, *chosen)
                )
                if equal and ordered not in ((), _BY_ID):
                    yield equal + ordered


RECORDINGS_PAGE = NamedQuery(
    name="recordings_page",
    collection="recordings",
    equal=("tenant_id", "family"),
    optional=("state", "details.project_id"),
    order=(("created_at", "DESCENDING"), ("__name__", "DESCENDING")),
)
LATEST_OF_USER = NamedQuery(
    name="latest_of_user",
    collection="recordings",
    equal=("tenant_id", "family", "user_id"),
    order=(("updated_at", "DESCENDING"),),
)
NEWEST_OF_USER = NamedQuery(
    name="newest_of_user",
    collection="recordings",
    equal=("tenant_id", "family", "user_id"),
    order=(("created_at", "DESCENDING"), ("__name__", "DESCENDING")),
)
UNCLAIMED = NamedQuery(name="unclaimed", collection="recordings", equal=("tenant_id", "family"), at_most="created_at")
OVERDUE_UPLOADS = NamedQuery(name="overdue_uploads", collection="recordings", at_most="upload_deadline")
STALLED_RUNS = NamedQuery(name="stalled_runs", collection="runs", at_most="attention_at")
STALLED_SHARDS = NamedQuery(name="stalled_shards", collection="shards", at_most="attention_at")
OPEN_SHARDS = NamedQuery(name="open_shards", collection="shards", equal=("run_id", "step", "is_open"))
RUNS_OF_RECORDING = NamedQuery(name="runs_of_recording", collection="runs", equal=("recording_id",))
SHARDS_OF_RUN = NamedQuery(name="shards_of_run", collection="shards", equal=("run_id",))
SHARDS_OF_STEP = NamedQuery(
    name="shards_of_step", collection="shards", equal=("run_id", "step"), order=(("number", "ASCENDING"),)
)
DUE_PURGES = NamedQuery(name="due_purges", collection="tombstones", at_most="purge_after")

RECORDINGS_OF_ROOMS = NamedQuery(
    name="recordings_of_rooms", collection="recordings", equal=("tenant_id", "family"), order=_NEWEST_FIRST
)
RECORDINGS_IN_ORDER = NamedQuery(name="recordings_in_order", collection="recordings", equal=("family",), order=_BY_ID)
OPEN_RECORDINGS = NamedQuery(
    name="open_recordings",
    collection="recordings",
    equal=("details.room_id", "state"),
    order=(("created_at", "ASCENDING"),),
)
RECORDINGS_TO_LOOK_AT = NamedQuery(
    name="recordings_to_look_at", collection="recordings", equal=("family", "state"), at_most="details.look_at"
)
ENDED_RECORDINGS = NamedQuery(
    name="ended_recordings",
    collection="recordings",
    equal=("tenant_id", "family"),
    optional=("state",),
    at_most="details.ended_at",
    order=(("details.ended_at", "ASCENDING"), ("__name__", "ASCENDING")),
)
DELETED_RECORDINGS = NamedQuery(
    name="deleted_recordings", collection="deleted_recordings", equal=("tenant_id", "has_files"), at_most="ended_at"
)
ROOMS_PAGE = NamedQuery(name="rooms_page", collection="rooms", equal=("tenant_id", "status"), order=_NEWEST_FIRST)
ROOMS_OF_TENANT = NamedQuery(name="rooms_of_tenant", collection="rooms", equal=("tenant_id",), order=_BY_ID)
ROOMS_TO_SYNC = NamedQuery(name="rooms_to_sync", collection="rooms", at_most="sync_at")
TENANTS = NamedQuery(name="tenants", collection="tenants", order=_BY_ID)
DELIVERIES_PAGE = NamedQuery(name="deliveries_page", collection="deliveries", equal=("tenant_id",), order=_NEWEST_FIRST)
OVERDUE_DELIVERIES = NamedQuery(name="overdue_deliveries", collection="deliveries", at_most="next_attempt_at")

QUERIES: tuple[NamedQuery, ...] = (
    RECORDINGS_PAGE,
    LATEST_OF_USER,
    NEWEST_OF_USER,
    UNCLAIMED,
    OVERDUE_UPLOADS,
    STALLED_RUNS,
    STALLED_SHARDS,
    OPEN_SHARDS,
    RUNS_OF_RECORDING,
    SHARDS_OF_RUN,
    SHARDS_OF_STEP,
    DUE_PURGES,
    RECORDINGS_OF_ROOMS,
    RECORDINGS_IN_ORDER,
    OPEN_RECORDINGS,
    RECORDINGS_TO_LOOK_AT,
    ENDED_RECORDINGS,
    DELETED_RECORDINGS,
    ROOMS_PAGE,
    ROOMS_OF_TENANT,
    ROOMS_TO_SYNC,
    TENANTS,
    DELIVERIES_PAGE,
    OVERDUE_DELIVERIES,
)

#: Documents that Firestore removes by itself, by the field that says when.
TTL: tuple[tuple[str, str], ...] = (
    ("idempotency", "expire_at"),
    ("tombstones", "expire_at"),
    ("upload_grants", "expire_at"),
    ("rates", "expire_at"),
    ("received_webhooks", "expire_at"),
)

#: Fields that no query looks at; an index on them would cost a write per entry.
EXEMPT: tuple[tuple[str, str], ...] = (
    ("recordings", "details"),
    ("recordings", "history"),
    ("recordings", "upload"),
    ("runs", "steps"),
    ("runs", "source"),
    ("shards", "input"),
    ("shards", "record"),
    ("texts", "content"),
    ("preferences", "chosen"),
    ("rooms", "config"),
    ("tenants", "post_meeting_webhook"),
    ("deleted_recordings", "recording"),
    ("deliveries", "attempts"),
    ("received_webhooks", "facts"),
)


def composite_indexes() -> list[dict[str, Any]]:
    """Every composite index that the queries need: collection, scope and fields with their directions."""
    found = {(query.collection, fields): None for query in QUERIES for fields in query.indexes()}
    return [
        {"collection": collection, "scope": "COLLECTION", "fields": [list(field) for field in fields]}
        for collection, fields in found
    ]


def build(client: Client, query: NamedQuery, values: Mapping[str, Any], *, limit: int | None = None) -> Query:
    """The query for these values; `values` holds the equalities and the bound of `at_most`."""
    from google.cloud.firestore_v1.base_query import FieldFilter

    built: Any = client.collection(query.collection)
    for field in (*query.equal, *(name for name in query.optional if name in values)):
        value = values[field]
        operator = "in" if isinstance(value, list) else "=="
        built = built.where(filter=FieldFilter(field, operator, value))
    if query.at_most:
        built = built.where(filter=FieldFilter(query.at_most, "<=", values[query.at_most]))
    for field, direction in query.order:
        built = built.order_by(field, direction=direction)
    limited: Query = built.limit(limit) if limit else built
    return limited
