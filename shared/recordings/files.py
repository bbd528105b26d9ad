"""Files in S3 stores: complete ones, unfinished ones, and cold ones on their way back. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.structs import Struct, replace


class Tier(StrEnum):
    HOT = "hot"
    COLD = "cold"


class RestoreState(StrEnum):
    """How far a cold file is on its way back."""

    NONE = "none"  #: nobody asked for it
    IN_PROGRESS = "in_progress"
    AVAILABLE = "available"  #: can be read until `available_until`


class RestoreTier(StrEnum):
    """How fast a cold file is to come back; the words of S3."""

    EXPEDITED = "Expedited"
    STANDARD = "Standard"
    BULK = "Bulk"


class StoredFile(Struct, frozen=True, kw_only=True):
    """One complete object of a store. `etag` is the MD5 of the MD5s of its parts (`<hex>-<parts>`), or its MD5."""

    tier: Tier
    key: str
    size_bytes: int
    etag: str
    part_bytes: int = 0  #: the size of every part but the last; 0 where it is not known
    modified_at: datetime | None = None

    def is_same(self, other: StoredFile) -> bool:
        """Whether both are the same bytes in the same parts, wherever they are."""
        return (self.size_bytes, self.etag) == (other.size_bytes, other.etag)

    def with_parts_of(self, part_bytes: int) -> StoredFile:
        """The same file, by somebody who knows its parts."""
        return replace(self, part_bytes=part_bytes)


class Part(Struct, frozen=True, kw_only=True):
    """One part of an unfinished file. `etag` is the hexadecimal MD5 of its bytes."""

    number: int  #: from 1
    size_bytes: int
    etag: str


class PartialFile(Struct, frozen=True, kw_only=True):
    """An unfinished file: what arrived so far stays until it is completed or aborted."""

    key: str
    upload_id: str
    begun_at: datetime
    parts: tuple[Part, ...] = ()


class Restored(Struct, frozen=True, kw_only=True):
    """Where the restoring of a cold file stands."""

    state: RestoreState
    available_until: datetime | None = None
