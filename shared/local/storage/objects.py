"""Publish, read, change, compose, copy and delete objects, atomically and under preconditions."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import BinaryIO

from shared.local.storage.blobs import BLOCK_BYTES, Blob, BlobFolder
from shared.local.storage.buckets import require_bucket
from shared.local.storage.catalogue import Catalogue, delete_object, find_object, save_object
from shared.local.storage.errors import NotFound
from shared.local.storage.new_object import NewObject
from shared.local.storage.outbox import Outbox
from shared.local.storage.preconditions import Preconditions
from shared.local.storage.resources import JsonObject, StoredObject, merge_attributes, now_us

_ALWAYS = Preconditions()
_DEFAULT_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class ObjectAddress:
    """Which object a client means: a name and, if it says so, the only generation that will do."""

    bucket: str
    name: str
    generation: int | None = None
    preconditions: Preconditions = _ALWAYS


class ObjectStore:
    """All live objects; the older generations of a name are gone."""

    def __init__(self, catalogue: Catalogue, blobs: BlobFolder, outbox: Outbox) -> None:
        self._catalogue = catalogue
        self._blobs = blobs
        self._outbox = outbox

    def publish(
        self,
        new: NewObject,
        blob: Blob,
        *,
        component_count: int | None = None,
        also: Callable[[sqlite3.Connection, StoredObject], None] | None = None,
    ) -> StoredObject:
        """Make `blob` the object `new`, or remove it and raise; the finalize event is in the same commit.

        `also` runs in the same transaction.
        """
        try:
            new.check(blob)
            with self._catalogue.writing() as db:
                bucket = require_bucket(db, new.bucket)
                replaced = find_object(db, new.bucket, new.name)
                new.preconditions.check(replaced)
                stored = self._stored(new, blob, bucket["storageClass"], component_count)
                save_object(db, stored)
                self._outbox.add(db, stored)
                if also:
                    also(db, stored)
        except BaseException:
            self._blobs.remove(blob.name)
            raise
        if replaced:
            self._blobs.remove(replaced.blob)
        self._outbox.announce()
        return stored

    def check_publishable(self, new: NewObject) -> None:
        """Refuse now what `publish` would refuse: a missing bucket, or preconditions that do not hold."""
        with self._catalogue.reading() as db:
            require_bucket(db, new.bucket)
            new.preconditions.check(find_object(db, new.bucket, new.name))

    def find(self, address: ObjectAddress) -> StoredObject:
        """Return an object for reading."""
        with self._catalogue.reading() as db:
            return _require(db, address, reading=True)

    def open(self, address: ObjectAddress) -> tuple[StoredObject, BinaryIO]:
        """Return an object and its bytes, which stay readable when it is replaced meanwhile."""
        # Under one lock: a blob is removed only after the commit that replaces its row.
        with self._catalogue.reading() as db:
            stored = _require(db, address, reading=True)
            return stored, self._blobs.open(stored.blob)

    def patch(self, address: ObjectAddress, changes: JsonObject) -> StoredObject:
        """Change attributes; the metageneration counts the changes."""
        with self._catalogue.writing() as db:
            stored = _require(db, address)
            patched = replace(
                stored,
                metageneration=stored.metageneration + 1,
                updated_us=now_us(),
                attributes=merge_attributes(stored.attributes, changes),
            )
            save_object(db, patched)
        return patched

    def delete(self, address: ObjectAddress) -> None:
        """Delete an object and its bytes."""
        with self._catalogue.writing() as db:
            stored = _require(db, address)
            delete_object(db, stored)
        self._blobs.remove(stored.blob)

    def compose(self, sources: list[ObjectAddress], new: NewObject) -> StoredObject:
        """Publish the bytes of `sources`, one after the other, as `new`."""
        with ExitStack() as stack:
            opened = [self.open(source) for source in sources]
            files = [stack.enter_context(file) for _, file in opened]
            blob = self._concatenate(files)
        components = sum(stored.component_count or 1 for stored, _ in opened)
        return self.publish(new, blob, component_count=components)

    def copy(self, source: ObjectAddress, new: NewObject) -> StoredObject:
        """Publish the bytes of `source` as `new`, with the attributes that `new` does not set."""
        with self._catalogue.reading() as db:
            stored = _require(db, source)
            linked = self._blobs.link(stored.blob)
        new = replace(new, attributes={**stored.attributes, **new.attributes})
        blob = Blob(linked, stored.size_bytes, stored.crc32c, stored.md5)
        return self.publish(new, blob, component_count=stored.component_count)

    def _stored(self, new: NewObject, blob: Blob, storage_class: str, component_count: int | None) -> StoredObject:
        now = now_us()
        return StoredObject(
            bucket=new.bucket,
            name=new.name,
            generation=self._catalogue.next_generation(),
            metageneration=1,
            blob=blob.name,
            size_bytes=blob.size_bytes,
            crc32c=blob.crc32c,
            md5=blob.md5,
            component_count=component_count,
            created_us=now,
            updated_us=now,
            attributes={"contentType": _DEFAULT_TYPE, "storageClass": storage_class, **new.attributes},
        )

    def _concatenate(self, files: list[BinaryIO]) -> Blob:
        writer = self._blobs.create()
        try:
            for file in files:
                while block := file.read(BLOCK_BYTES):
                    writer.write(block)
        except BaseException:
            writer.discard()
            raise
        return writer.finish(composed=True)


def _require(db: sqlite3.Connection, address: ObjectAddress, *, reading: bool = False) -> StoredObject:
    require_bucket(db, address.bucket)
    stored = find_object(db, address.bucket, address.name)
    if stored is None or address.generation not in (None, stored.generation):
        raise NotFound(f"No such object: {address.bucket}/{address.name}")
    address.preconditions.check(stored, reading=reading)
    return stored
