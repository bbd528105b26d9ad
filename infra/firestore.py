"""The Firestore database: the indexes that the named queries need, and no index that none of them reads."""

from __future__ import annotations

from typing import Any

from pulumi_gcp import firestore

from infra.target import Target
from shared.adapters.firestore.queries import EXEMPT, TTL, composite_indexes


def create_database(target: Target) -> firestore.Database:
    """The project's default database with its composite indexes, exemptions and times to live."""
    database = firestore.Database(
        "database",
        name="(default)",
        location_id=target.region,
        type="FIRESTORE_NATIVE",
        delete_protection_state="DELETE_PROTECTION_ENABLED",
    )
    for index in composite_indexes():
        _create_index(index, database)
    for collection, field in EXEMPT:
        firestore.Field(
            f"exempt-{collection}-{field}", database=database.name, collection=collection, field=field, index_config={}
        )
    for collection, field in TTL:
        firestore.Field(
            f"ttl-{collection}-{field}", database=database.name, collection=collection, field=field, ttl_config={}
        )
    return database


def _create_index(index: dict[str, Any], database: firestore.Database) -> firestore.Index:
    fields: list[firestore.IndexFieldArgsDict] = [
        {"field_path": path, "order": direction} for path, direction in index["fields"]
    ]
    return firestore.Index(
        "-".join([index["collection"], *(path for path, _ in index["fields"])]),
        database=database.name,
        collection=index["collection"],
        query_scope=index["scope"],
        fields=fields,
    )
