"""A recording, whatever its family: whose it is, where it stands, and what the family knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.structs import Struct, field


class Family(StrEnum):
    """The four wire APIs. A family is part of every look-up: an id of another family is unknown."""

    CAPTURE = "capture"
    FEEDBACK = "feedback"
    ROOMS = "rooms"
    SESSIONS = "sessions"


#: Whose recordings are that nobody has claimed: no caller has this tenant, or this user.
NOBODY = ""


class State(StrEnum):
    CAPTURING = "capturing"  #: somebody else is still recording
    AWAITING_MEDIA = "awaiting_media"  #: created; the upload has not arrived
    PROCESSING = "processing"  #: a run is under way
    READY = "ready"  #: everything that was asked for can be read
    FAILED = "failed"  #: nothing will happen by itself any more
    ARCHIVED = "archived"  #: ready, and the file is in cold storage


class Bucket(StrEnum):
    """The two buckets by role; settings give their names."""

    UPLOADS = "uploads"  #: what clients wrote
    MEDIA = "media"  #: what we wrote; never client-writable


class StoredObject(Struct, frozen=True, kw_only=True):
    """One generation of one object. Two of these are equal only if their bytes are."""

    bucket: Bucket
    name: str
    generation: int
    size_bytes: int
    content_type: str = "application/octet-stream"


class Failure(Struct, frozen=True, kw_only=True):
    """Why something ended badly: a code for machines, a sentence for people."""

    code: str
    message: str


class Move(Struct, frozen=True, kw_only=True):
    """One change of state, as the history keeps it."""

    at: datetime
    cause: str
    state: State
    actor: str  #: `user:<id>`, `visitor`, `look`, `step:<name>`, `trigger:<name>` or `job:<name>`
    step: str | None = None
    attempt: int | None = None
    error_code: str | None = None


class Recording(Struct, frozen=True, kw_only=True):
    """One recording. It is read and written whole."""

    id: str
    family: Family
    tenant_id: str
    user_id: str
    state: State
    created_at: datetime
    updated_at: datetime
    current_run: str | None = None
    upload: StoredObject | None = None  #: the generation that processing reads
    upload_deadline: datetime | None = None  #: set while `awaiting_media`
    failure: Failure | None = None
    history: tuple[Move, ...] = ()  #: the last moves, oldest first
    details: Mapping[str, Any] = field(default_factory=dict)  #: the family's own facts

    @property
    def is_claimed(self) -> bool:
        """Whether it belongs to somebody."""
        return self.user_id != NOBODY


class Tombstone(Struct, frozen=True, kw_only=True):
    """What is kept of a deleted recording: enough to answer 404, to honour a cursor and to purge."""

    id: str
    family: Family
    tenant_id: str
    user_id: str
    created_at: datetime
    deleted_at: datetime
    purge_after: datetime | None  #: when nothing can be writing any more; None once purged
    expire_at: datetime | None = None  #: when the tombstone itself goes


class Caller(Struct, frozen=True, kw_only=True):
    """Who is asking: a user of a tenant."""

    tenant_id: str
    user_id: str
    role: str = "member"  #: `member` or `admin`
    key_id: str | None = None

    @property
    def actor(self) -> str:
        return f"user:{self.user_id}"
