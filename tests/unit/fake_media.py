"""The media store in memory: two buckets whose generations are never used twice."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from shared.recordings.recording import Bucket, StoredObject
from shared.structs import Struct, replace
from tests.unit.fakes import FakeClock

PIECE_BYTES = 4096


class StoredBytes(Struct, frozen=True):
    """One generation of an object, with what the bucket knows of it."""

    stored: StoredObject
    content: bytes
    content_encoding: str | None
    created_at: datetime


class FakeMedia:
    """Two buckets. Generations are never used twice."""

    def __init__(self, clock: FakeClock) -> None:
        self.objects: dict[tuple[Bucket, str], StoredBytes] = {}
        self._clock = clock
        self._generation = 1000

    def upload(self, name: str, content: bytes, *, size_bytes: int | None = None) -> StoredObject:
        """What a client's PUT to a signed URL does; `size_bytes` pretends another size."""
        stored = self._write(Bucket.UPLOADS, name, content, "video/webm", None)
        if size_bytes is not None:
            stored = replace(stored, size_bytes=size_bytes)
            self.objects[Bucket.UPLOADS, name] = replace(self.objects[Bucket.UPLOADS, name], stored=stored)
        return stored

    def names(self, bucket: Bucket) -> list[str]:
        return sorted(name for where, name in self.objects if where is bucket)

    def describe(self, bucket: Bucket, name: str) -> StoredObject | None:
        found = self.objects.get((bucket, name))
        return found.stored if found else None

    def open(self, stored: StoredObject) -> BinaryIO:
        return io.BytesIO(self._content(stored))

    def read(self, stored: StoredObject, *, start: int, end: int) -> bytes:
        return self._content(stored)[start:end]

    def stream(self, stored: StoredObject) -> Iterator[bytes]:
        content = self._content(stored)
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    def save(
        self, name: str, content: bytes | Path, *, content_type: str, content_encoding: str | None = None
    ) -> StoredObject:
        if found := self.describe(Bucket.MEDIA, name):
            return found
        raw = content.read_bytes() if isinstance(content, Path) else content
        return self._write(Bucket.MEDIA, name, raw, content_type, content_encoding)

    @contextmanager
    def writer(self, bucket: Bucket, name: str, *, content_type: str) -> Iterator[BinaryIO]:
        file = io.BytesIO()
        yield file
        self._write(bucket, name, file.getvalue(), content_type, None)

    def copy(self, source: StoredObject, name: str) -> StoredObject:
        return self.save(name, self._content(source), content_type=source.content_type)

    def delete(self, stored: StoredObject) -> None:
        if self.describe(stored.bucket, stored.name) == stored:
            del self.objects[stored.bucket, stored.name]

    def delete_prefix(self, bucket: Bucket, prefix: str) -> int:
        gone = [key for key in self.objects if key[0] is bucket and key[1].startswith(prefix)]
        for key in gone:
            del self.objects[key]
        return len(gone)

    def older_than(self, bucket: Bucket, before: datetime) -> Iterator[StoredObject]:
        for name in self.names(bucket):
            found = self.objects.get((bucket, name))
            if found and found.created_at < before:
                yield found.stored

    def signed_put(self, bucket: Bucket, name: str, *, lifetime: timedelta, content_type: str | None = None) -> str:
        bound = f"&content_type={content_type}" if content_type else ""
        return f"https://storage.test/{bucket}/{name}?method=PUT&expires_in_s={lifetime.total_seconds():.0f}{bound}"

    def signed_get(self, stored: StoredObject, *, lifetime: timedelta, content_type: str | None = None) -> str:
        query = f"generation={stored.generation}&expires_in_s={lifetime.total_seconds():.0f}&type={content_type}"
        return f"https://storage.test/{stored.bucket}/{stored.name}?{query}"

    def _content(self, stored: StoredObject) -> bytes:
        found = self.objects.get((stored.bucket, stored.name))
        if found is None or found.stored.generation != stored.generation:
            raise FileNotFoundError(stored.name)
        return found.content

    def _write(
        self, bucket: Bucket, name: str, content: bytes, content_type: str, content_encoding: str | None
    ) -> StoredObject:
        self._generation += 1
        stored = StoredObject(
            bucket=bucket,
            name=name,
            generation=self._generation,
            size_bytes=len(content),
            content_type=content_type,
        )
        self.objects[bucket, name] = StoredBytes(stored, content, content_encoding, self._clock.now())
        return stored
