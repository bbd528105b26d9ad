"""The stores of rooms' files in memory, and downloads of somebody else's; each dies where a test wants it to."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO

from shared.errors import Upstream
from shared.recordings.files import Part, PartialFile, Restored, RestoreState, RestoreTier, StoredFile, Tier
from shared.structs import replace
from tests.unit.fakes import FakeClock


class Crash(BaseException):
    """The process dies here: nothing catches it."""


class Mortality:
    """Lets the process die at the nth effect on the world, before it happens or right after."""

    def __init__(self) -> None:
        self.effects: list[str] = []
        self._dies_at: tuple[int, bool] | None = None

    def die_at(self, number: int, *, after: bool) -> None:
        self.effects.clear()
        self._dies_at = (number, after)

    def live(self) -> None:
        self.effects.clear()
        self._dies_at = None

    @contextmanager
    def effect(self, name: str) -> Iterator[None]:
        self.effects.append(name)
        here = len(self.effects) - 1
        if self._dies_at == (here, False):
            raise Crash
        yield
        if self._dies_at == (here, True):
            raise Crash


@dataclass
class FakeUpload:
    """An unfinished file."""

    key: str
    begun_at: datetime
    parts: dict[int, bytes] = field(default_factory=dict)


class FakeFiles:
    """One bucket. A cold one does not let its files be read before they are restored."""

    def __init__(self, tier: Tier, clock: FakeClock, mortality: Mortality | None = None) -> None:
        self.contents: dict[str, tuple[bytes, StoredFile]] = {}
        self.uploads: dict[str, FakeUpload] = {}
        self.restored: dict[str, Restored] = {}
        self.restores: list[tuple[str, RestoreTier]] = []
        self.corrupts = False  #: what is completed is other bytes, as from a broken store
        self._tier = tier
        self._clock = clock
        self._mortality = mortality or Mortality()
        self._last_upload = 0

    def content(self, key: str) -> bytes:
        return self.contents[key][0]

    def put(self, key: str, content: bytes, *, part_bytes: int) -> StoredFile:
        """Have a file without anybody having sent it."""
        pieces = [content[at : at + part_bytes] for at in range(0, len(content), part_bytes)]
        return self._store(key, pieces, part_bytes)

    def begin(self, key: str, *, content_type: str) -> PartialFile:
        with self._mortality.effect("begin"):
            self._last_upload += 1
            id = f"upload{self._last_upload}"
            self.uploads[id] = FakeUpload(key, self._clock.now())
        return PartialFile(key=key, upload_id=id, begun_at=self._clock.now())

    def find_partial(self, key: str) -> PartialFile | None:
        found = [(id, upload) for id, upload in self.uploads.items() if upload.key == key]
        if not found:
            return None
        id, upload = found[-1]
        parts = tuple(_part(number, content) for number, content in sorted(upload.parts.items()))
        return PartialFile(key=key, upload_id=id, begun_at=upload.begun_at, parts=parts)

    def put_part(self, partial: PartialFile, number: int, content: bytes | bytearray) -> Part:
        with self._mortality.effect("put_part"):
            if partial.upload_id not in self.uploads:
                raise Upstream("the store answered 404 NoSuchUpload")
            self.uploads[partial.upload_id].parts[number] = bytes(content)
        return _part(number, bytes(content))

    def complete(self, partial: PartialFile, parts: tuple[Part, ...], *, part_bytes: int) -> StoredFile:
        with self._mortality.effect("complete"):
            upload = self.uploads.pop(partial.upload_id)
            pieces = [upload.parts[part.number] for part in parts]
            stored = self._store(partial.key, pieces, part_bytes)
        if self.corrupts:
            stored = self._store(partial.key, [b"rot", *pieces], part_bytes)
        return stored

    def abort(self, partial: PartialFile) -> None:
        with self._mortality.effect("abort"):
            self.uploads.pop(partial.upload_id, None)

    def describe(self, key: str) -> StoredFile | None:
        found = self.contents.get(key)
        return replace(found[1], part_bytes=0) if found else None

    def open(self, file: StoredFile) -> BinaryIO:
        found = self.contents.get(file.key)
        if found is None or not found[1].is_same(file):
            raise FileNotFoundError(file.key)
        return io.BytesIO(found[0])

    def signed_get(self, file: StoredFile, *, lifetime: timedelta, file_name: str) -> str:
        return f"https://{self._tier}.test/{file.key}?expires_in_s={lifetime.total_seconds():.0f}&name={file_name}"

    def delete(self, key: str) -> None:
        with self._mortality.effect("delete"):
            self.contents.pop(key, None)
            self.uploads = {id: upload for id, upload in self.uploads.items() if upload.key != key}

    def restore(self, file: StoredFile, *, tier: RestoreTier, days: int) -> None:
        self.restores.append((file.key, tier))
        self.restored[file.key] = Restored(state=RestoreState.IN_PROGRESS)

    def restore_state(self, file: StoredFile) -> Restored:
        return self.restored.get(file.key, Restored(state=RestoreState.NONE))

    def files(self, prefix: str) -> Iterator[StoredFile]:
        yield from (self.contents[key][1] for key in sorted(self.contents) if key.startswith(prefix))

    def partials(self, prefix: str) -> Iterator[PartialFile]:
        for id, upload in list(self.uploads.items()):
            if upload.key.startswith(prefix):
                yield PartialFile(key=upload.key, upload_id=id, begun_at=upload.begun_at)

    def _store(self, key: str, pieces: list[bytes], part_bytes: int) -> StoredFile:
        digests = b"".join(hashlib.md5(piece, usedforsecurity=False).digest() for piece in pieces)
        stored = StoredFile(
            tier=self._tier,
            key=key,
            size_bytes=sum(map(len, pieces)),
            etag=f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(pieces)}",
            part_bytes=part_bytes,
            modified_at=self._clock.now(),
        )
        self.contents[key] = (b"".join(pieces), stored)
        return stored


@dataclass
class FakeDownload:
    """The body of an answer."""

    offer: FakeDownloads
    start: int
    size_bytes: int
    etag: str | None
    body: BinaryIO

    def read(self, size_bytes: int) -> bytes:
        content = self.body.read(size_bytes)
        self.offer.read_bytes += len(content)
        return content


@dataclass
class FakeDownloads:
    """One file that somebody offers, at whatever URL."""

    content: bytes
    etag: str | None = '"v1"'
    is_gone: bool = False
    announced_bytes: int | None = None  #: what is said of its length, where that is not true
    read_bytes: int = 0  #: of everything that was ever downloaded
    urls: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, url: str, *, start: int = 0, etag: str | None = None) -> Iterator[FakeDownload]:
        self.urls.append(url)
        if self.is_gone:
            raise FileNotFoundError("the file is not offered any more")
        begins_at = start if etag is not None and etag == self.etag else 0
        size_bytes = len(self.content) if self.announced_bytes is None else self.announced_bytes
        body = io.BytesIO(self.content[begins_at:])
        yield FakeDownload(self, begins_at, size_bytes, self.etag, body)


@dataclass
class FakeProgress:
    """Somebody who waits, and listens."""

    reports: list[str] = field(default_factory=list)

    def check(self) -> None:
        return

    def report(self, detail: str) -> None:
        self.reports.append(detail)


def _part(number: int, content: bytes) -> Part:
    return Part(number=number, size_bytes=len(content), etag=hashlib.md5(content, usedforsecurity=False).hexdigest())
