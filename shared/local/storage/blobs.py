"""The bytes of objects: one file each, under a name that is never used twice.

A blob belongs to an object, or to a resumable session, from the moment their row in the catalogue names it.
Nobody reads it before, so publishing needs no rename: it is the commit of that row. Blobs that no row names
are what a crash left, and are removed at the next start.
"""

import base64
import hashlib
import os
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import google_crc32c

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Blob:
    """A complete file and its checksums (base64); `md5` is unknown for composed bytes."""

    name: str
    size_bytes: int
    crc32c: str
    md5: str | None


class BlobFolder:
    """The folder of all blobs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def path(self, name: str) -> Path:
        """Return where the blob is."""
        return self._folder / name

    def create(self) -> "BlobWriter":
        """Begin a new blob."""
        name = new_blob_name()
        return BlobWriter(name, self.path(name))

    def open(self, name: str) -> BinaryIO:
        """Open a blob for reading; it stays readable after it was removed."""
        return self.path(name).open("rb")

    def open_at(self, name: str, offset: int) -> BinaryIO:
        """Open a blob for writing from `offset` on, creating it when it is missing."""
        descriptor = os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o644)
        file = os.fdopen(descriptor, "wb")
        file.seek(offset)
        return file

    def size_bytes(self, name: str) -> int:
        """Return how many bytes of a blob are there."""
        return self.path(name).stat().st_size

    def link(self, name: str) -> str:
        """Return the name of a second blob with the same bytes, which costs no space."""
        copy = new_blob_name()
        os.link(self.path(name), self.path(copy))
        return copy

    def measure(self, name: str) -> Blob:
        """Read a complete blob for its size and checksums."""
        checksums = _Checksums()
        with self.open(name) as file:
            while block := file.read(BLOCK_BYTES):
                checksums.update(block)
        return checksums.blob(name)

    def remove(self, name: str) -> None:
        """Remove a blob, if it is there."""
        self.path(name).unlink(missing_ok=True)

    def remove_all_but(self, names: Collection[str]) -> int:
        """Remove the blobs that are not among `names`, and return how many those were."""
        orphans = [entry.name for entry in os.scandir(self._folder) if entry.name not in names]
        for name in orphans:
            self.remove(name)
        return len(orphans)


class BlobWriter:
    """Write one blob block by block, in constant memory."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path
        self._file = path.open("xb")
        self._checksums = _Checksums()

    def write(self, block: bytes) -> None:
        """Append a block."""
        self._file.write(block)
        self._checksums.update(block)

    def finish(self, *, composed: bool = False) -> Blob:
        """Close the file and return the complete blob; composed bytes get no MD5, as in production."""
        self._file.close()
        return self._checksums.blob(self._name, composed=composed)

    def discard(self) -> None:
        """Give up: close and remove the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class _Checksums:
    def __init__(self) -> None:
        self._size_bytes = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = 0

    def update(self, block: bytes) -> None:
        self._size_bytes += len(block)
        self._md5.update(block)
        self._crc32c = google_crc32c.extend(self._crc32c, block)

    def blob(self, name: str, *, composed: bool = False) -> Blob:
        md5 = None if composed else _base64(self._md5.digest())
        return Blob(name, self._size_bytes, _base64(self._crc32c.to_bytes(4, "big")), md5)


def new_blob_name() -> str:
    """Return a name that no blob ever had."""
    return uuid.uuid4().hex


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
