"""What a client asks to be stored: the name, the attributes, and what must hold for the upload to count."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from shared.local.storage.blobs import Blob
from shared.local.storage.errors import BadDigest, EntityTooLarge, EntityTooSmall, InvalidRequest
from shared.local.storage.preconditions import Preconditions
from shared.local.storage.resources import JsonObject, writable_attributes

_NAME_BYTES = 1024
_RANGE = re.compile(r"(\d+),\s*(\d+)")


@dataclass(frozen=True)
class Checksums:
    """The checksums (base64) that the client computed, if it did."""

    md5: str | None = None
    crc32c: str | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "Checksums":
        """Read `x-goog-hash: crc32c=…,md5=…` and `Content-MD5`."""
        pairs = (entry.strip().partition("=") for entry in headers.get("x-goog-hash", "").split(","))
        found = {name: value for name, _, value in pairs}
        return cls(found.get("md5") or headers.get("content-md5"), found.get("crc32c"))

    def check(self, blob: Blob) -> None:
        """Refuse bytes that are not the announced ones."""
        if self.md5 and blob.md5 and self.md5 != blob.md5:
            raise BadDigest(f'Provided MD5 hash "{self.md5}" doesn\'t match calculated MD5 hash "{blob.md5}".')
        if self.crc32c and self.crc32c != blob.crc32c:
            raise BadDigest(f'Provided CRC32C "{self.crc32c}" doesn\'t match calculated "{blob.crc32c}".')


@dataclass(frozen=True)
class SizeRange:
    """How long an upload may be, from `x-goog-content-length-range: MIN,MAX`."""

    min_bytes: int
    max_bytes: int

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "SizeRange | None":
        """Read the header, if it is there."""
        value = headers.get("x-goog-content-length-range")
        if value is None:
            return None
        match = _RANGE.fullmatch(value.strip())
        if not match:
            raise InvalidRequest(f"Invalid x-goog-content-length-range: {value!r}")
        return cls(int(match[1]), int(match[2]))

    def check(self, size_bytes: int) -> None:
        """Refuse an upload of another length."""
        if size_bytes > self.max_bytes:
            raise EntityTooLarge("Your proposed upload exceeds the maximum allowed object size.")
        if size_bytes < self.min_bytes:
            raise EntityTooSmall("Your proposed upload is smaller than the minimum allowed object size.")


@dataclass(frozen=True)
class NewObject:
    """An object to be: everything but its bytes."""

    bucket: str
    name: str
    attributes: JsonObject = field(default_factory=dict)
    preconditions: Preconditions = field(default_factory=Preconditions)
    checksums: Checksums = field(default_factory=Checksums)
    size_range: SizeRange | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidRequest("Required object name")
        if len(self.name.encode()) > _NAME_BYTES or re.search(r"[\r\n]", self.name) or self.name in (".", ".."):
            raise InvalidRequest("Invalid object name")

    @classmethod
    def from_resource(cls, bucket: str, resource: JsonObject, query: Mapping[str, str]) -> "NewObject":
        """Read a target of the JSON API: an object resource, and query parameters with the conditions."""
        name = resource.get("name") or query.get("name", "")
        return cls(bucket, name, writable_attributes(resource), Preconditions.from_query(query))

    @classmethod
    def from_upload(
        cls, bucket: str, resource: JsonObject, query: Mapping[str, str], media_type: str | None
    ) -> "NewObject":
        """Read an upload of the JSON API: beside the above, checksums, and the type of the bytes sent."""
        new = cls.from_resource(bucket, {"contentType": media_type, **resource}, query)
        return replace(new, checksums=Checksums(resource.get("md5Hash"), resource.get("crc32c")))

    @classmethod
    def from_json(cls, fields: JsonObject) -> "NewObject":
        """Return what `to_json` was called on."""
        size_range = fields["size_range"]
        return cls(
            fields["bucket"],
            fields["name"],
            fields["attributes"],
            Preconditions(**fields["preconditions"]),
            Checksums(**fields["checksums"]),
            SizeRange(**size_range) if size_range else None,
        )

    def to_json(self) -> JsonObject:
        """Return the fields as JSON keeps them."""
        return asdict(self)

    def check(self, blob: Blob) -> None:
        """Refuse bytes that are not the announced ones, too many or too few."""
        if self.size_range:
            self.size_range.check(blob.size_bytes)
        self.checksums.check(blob)
