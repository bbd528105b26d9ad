"""Buckets: names with a resource around them, of which only the lifecycle's age rule has an effect here."""

import json
import re
import sqlite3

from shared.local.storage.catalogue import Catalogue
from shared.local.storage.errors import BucketNotFound, Conflict, InvalidRequest
from shared.local.storage.resources import JsonObject, now_us, rfc3339

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_FIXED_FIELDS = ("kind", "id", "name", "timeCreated", "metageneration")


class Buckets:
    """Create, read, change and delete buckets."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def create(self, fields: JsonObject) -> JsonObject:
        """Create a bucket from the fields that the client gives and return its resource."""
        name = fields.get("name", "")
        if not _NAME.fullmatch(name):
            raise InvalidRequest(f"Invalid bucket name: '{name}'")
        now = rfc3339(now_us())
        resource = {
            "kind": "storage#bucket",
            "id": name,
            "location": "EU",
            "storageClass": "STANDARD",
            "projectNumber": "0",
            "timeCreated": now,
            "updated": now,
            "metageneration": "1",
            **fields,
        }
        with self._catalogue.writing() as db:
            if db.execute("SELECT 1 FROM buckets WHERE name = ?", (name,)).fetchone():
                raise Conflict("Your previous request to create the named bucket succeeded and you already own it.")
            db.execute("INSERT INTO buckets VALUES (?, ?)", (name, json.dumps(resource)))
        return resource

    def get(self, name: str) -> JsonObject:
        """Return the resource of a bucket."""
        with self._catalogue.reading() as db:
            return require_bucket(db, name)

    def list_all(self, prefix: str = "") -> list[JsonObject]:
        """Return the resources of all buckets whose name begins with `prefix`, in order of name."""
        with self._catalogue.reading() as db:
            rows = db.execute("SELECT name, resource FROM buckets ORDER BY name").fetchall()
        return [json.loads(row["resource"]) for row in rows if row["name"].startswith(prefix)]

    def patch(self, name: str, changes: JsonObject) -> JsonObject:
        """Change the given fields (null removes one; labels are merged) and return the resource."""
        with self._catalogue.writing() as db:
            resource = require_bucket(db, name)
            changes = {key: value for key, value in changes.items() if key not in _FIXED_FIELDS}
            if changes.get("labels"):
                labels = {**resource.get("labels", {}), **changes["labels"]}
                changes["labels"] = {key: value for key, value in labels.items() if value is not None}
            changes["metageneration"] = str(int(resource["metageneration"]) + 1)
            changes["updated"] = rfc3339(now_us())
            resource = {key: value for key, value in {**resource, **changes}.items() if value is not None}
            db.execute("UPDATE buckets SET resource = ? WHERE name = ?", (json.dumps(resource), name))
        return resource

    def delete(self, name: str) -> None:
        """Delete an empty bucket."""
        with self._catalogue.writing() as db:
            require_bucket(db, name)
            if db.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (name,)).fetchone():
                raise Conflict("The bucket you tried to delete is not empty.")
            db.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def configure(self, name: str, age_days: float | None) -> None:
        """Make sure that the bucket exists and has this age rule, or none."""
        with self._catalogue.reading() as db:
            exists = db.execute("SELECT 1 FROM buckets WHERE name = ?", (name,)).fetchone()
        if not exists:
            self.create({"name": name})
        rule = {"action": {"type": "Delete"}, "condition": {"age": age_days}}
        self.patch(name, {"lifecycle": None if age_days is None else {"rule": [rule]}})


def require_bucket(db: sqlite3.Connection, name: str) -> JsonObject:
    """Return the resource of a bucket.

    Raises:
        BucketNotFound: 404.
    """
    row = db.execute("SELECT resource FROM buckets WHERE name = ?", (name,)).fetchone()
    if not row:
        raise BucketNotFound
    resource: JsonObject = json.loads(row["resource"])
    return resource


def delete_after_days(bucket: JsonObject) -> float | None:
    """Return the smallest age at which the bucket's lifecycle deletes objects."""
    rules = bucket.get("lifecycle", {}).get("rule", [])
    ages = [
        rule["condition"]["age"]
        for rule in rules
        if rule["action"]["type"] == "Delete" and set(rule["condition"]) == {"age"}
    ]
    return min(ages, default=None)
