"""An object as it is kept, and the object resource that clients and events see."""

import base64
import datetime as dt
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]

# What a client may write, in the spelling of the wire.
ATTRIBUTES = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "metadata",
    "storageClass",
)


@dataclass(frozen=True)
class StoredObject:
    """One live object: one row of the catalogue, one blob.

    `crc32c` and `md5` are base64, as on the wire; a composed object has no `md5`. Times are microseconds
    since 1970.
    """

    bucket: str
    name: str
    generation: int
    metageneration: int
    blob: str
    size_bytes: int
    crc32c: str
    md5: str | None
    component_count: int | None
    created_us: int
    updated_us: int
    attributes: JsonObject

    @property
    def etag(self) -> str:
        """Return a tag that changes with the bytes and with the metadata."""
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()

    def resource(self) -> JsonObject:
        """Return the object resource without its links: those need the server's address."""
        resource = {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "size": str(self.size_bytes),
            "crc32c": self.crc32c,
            "md5Hash": self.md5,
            "etag": self.etag,
            "componentCount": self.component_count,
            "timeCreated": rfc3339(self.created_us),
            "updated": rfc3339(self.updated_us),
            "timeStorageClassUpdated": rfc3339(self.created_us),
            **self.attributes,
        }
        return {key: value for key, value in resource.items() if value is not None}


def with_links(resource: Mapping[str, Any], base_url: str) -> JsonObject:
    """Return an object resource with the links that lead to it on the server at `base_url`."""
    path = f"storage/v1/b/{resource['bucket']}/o/{urllib.parse.quote(resource['name'], safe='')}"
    media = f"{base_url}/download/{path}?generation={resource['generation']}&alt=media"
    return {**resource, "selfLink": f"{base_url}/{path}", "mediaLink": media}


def writable_attributes(resource: Mapping[str, Any]) -> JsonObject:
    """Return what a client may write among the fields of `resource`."""
    return {name: resource[name] for name in ATTRIBUTES if resource.get(name) is not None}


def merge_attributes(attributes: JsonObject, changes: Mapping[str, Any]) -> JsonObject:
    """Return `attributes` after a PATCH: null removes, and custom metadata is merged key by key."""
    merged = {**attributes, **{name: changes[name] for name in ATTRIBUTES if name in changes}}
    if isinstance(changes.get("metadata"), dict):
        metadata = {**attributes.get("metadata", {}), **changes["metadata"]}
        merged["metadata"] = {key: value for key, value in metadata.items() if value is not None}
    return {name: value for name, value in merged.items() if value is not None}


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


def rfc3339(time_us: int) -> str:
    """Render a time as the JSON API does: UTC, milliseconds."""
    moment = dt.datetime.fromtimestamp(time_us / 1e6, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
