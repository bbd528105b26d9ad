"""Resumable upload sessions, kept on disk so that they survive a restart of the server."""

import json
import re
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from shared.local.storage.blobs import BlobFolder, new_blob_name
from shared.local.storage.catalogue import Catalogue
from shared.local.storage.errors import InvalidRequest, StorageError, UploadNotFound
from shared.local.storage.new_object import Checksums, NewObject
from shared.local.storage.objects import ObjectStore
from shared.local.storage.resources import JsonObject, StoredObject, now_us

_CONTENT_RANGE = re.compile(r"bytes (?:\*|(\d+)-(\d+))/(?:\*|(\d+))")
_SMALLEST_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class ContentRange:
    """The bytes of a request, `first` to `last` of `total`; a status query has none, the total may be `*`."""

    first: int | None
    last: int | None
    total: int | None

    @classmethod
    def parse(cls, header: str) -> "ContentRange":
        """Read a `Content-Range`, refusing what no upload could mean."""
        match = _CONTENT_RANGE.fullmatch(header)
        if not match:
            raise InvalidRequest(f"Invalid Content-Range: {header!r}")
        first, last, total = (int(number) if number else None for number in match.groups())
        content_range = cls(first, last, total)
        content_range._check()
        return content_range

    @property
    def length_bytes(self) -> int:
        """Return how many bytes the request carries."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1

    def _check(self) -> None:
        if self.first is None or self.last is None:
            return
        if self.last < self.first or (self.total is not None and self.last >= self.total):
            raise InvalidRequest("Invalid Content-Range: it ends before it begins, or after its total")
        if self.last + 1 != self.total and self.length_bytes < _SMALLEST_CHUNK_BYTES:
            raise InvalidRequest(
                "The number of bytes uploaded is required to be equal or greater than 262144, except for the "
                f"final request. The received request contained {self.length_bytes} bytes."
            )


@dataclass(frozen=True)
class Session:
    """One upload: what it will be, the blob that grows, and once it is done, the object's resource."""

    id: str
    new: NewObject
    blob: str
    announced_bytes: int | None
    resource: JsonObject | None


def announced_bytes(headers: Mapping[str, str]) -> int | None:
    """Return how long the client says its upload will be, if it does."""
    value = headers.get("x-upload-content-length")
    if value is None:
        return None
    if not value.isdecimal():
        raise InvalidRequest(f"Invalid X-Upload-Content-Length: {value!r}")
    return int(value)


class Sessions:
    """Start, read, finish and cancel sessions."""

    def __init__(self, catalogue: Catalogue, blobs: BlobFolder, objects: ObjectStore) -> None:
        self._catalogue = catalogue
        self._blobs = blobs
        self._objects = objects

    def start(self, new: NewObject, announced_bytes: int | None) -> str:
        """Begin an upload and return its id, the only credential that its chunks need."""
        self._objects.check_publishable(new)
        if new.size_range and announced_bytes is not None:
            new.size_range.check(announced_bytes)
        session_id, blob = uuid.uuid4().hex, new_blob_name()
        self._blobs.open_at(blob, 0).close()
        with self._catalogue.writing() as db:
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL)",
                (session_id, json.dumps(new.to_json()), blob, announced_bytes, now_us()),
            )
        return session_id

    def get(self, session_id: str) -> Session:
        """Return a session.

        Raises:
            UploadNotFound: 404, also after a cancellation or a refused end.
        """
        with self._catalogue.reading() as db:
            row = db.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()
        if not row:
            raise UploadNotFound
        return Session(
            row["id"],
            NewObject.from_json(json.loads(row["new_object"])),
            row["blob"],
            row["announced_bytes"],
            json.loads(row["resource"]) if row["resource"] else None,
        )

    def progress(self, session_id: str) -> JsonObject | int:
        """Return the resource of the object, or as long as there is none, how many bytes are kept."""
        session = self.get(session_id)
        return self.received_bytes(session) if session.resource is None else session.resource

    def received_bytes(self, session: Session) -> int:
        """Return how many bytes of an unfinished upload are kept."""
        try:
            return self._blobs.size_bytes(session.blob)
        except FileNotFoundError as error:
            # Its end was refused, and the process died before the session was forgotten too.
            raise UploadNotFound from error

    def finish(self, session: Session, checksums: Checksums) -> JsonObject:
        """Publish what was received and return the object's resource; a refusal ends the session too."""
        blob = self._blobs.measure(session.blob)
        try:
            if session.announced_bytes not in (None, blob.size_bytes):
                raise InvalidRequest(f"{session.announced_bytes} bytes were announced, {blob.size_bytes} came")
            checksums.check(blob)

            def finish_session(db: sqlite3.Connection, stored: StoredObject) -> None:
                resource = json.dumps(stored.resource())
                db.execute("UPDATE sessions SET resource = ? WHERE id = ?", (resource, session.id))

            return self._objects.publish(session.new, blob, also=finish_session).resource()
        except StorageError:
            self.cancel(session)
            raise

    def cancel(self, session: Session) -> None:
        """Forget a session and the bytes it received."""
        with self._catalogue.writing() as db:
            db.execute("DELETE FROM sessions WHERE id = ?", (session.id,))
        if session.resource is None:
            self._blobs.remove(session.blob)

    def remove_started_before(self, time_us: int) -> None:
        """Cancel the sessions that are older than that."""
        with self._catalogue.reading() as db:
            rows = db.execute("SELECT id FROM sessions WHERE created_us < ?", (time_us,)).fetchall()
        for row in rows:
            self.cancel(self.get(row["id"]))
