"""Where finished recordings of rooms are kept: a hot store for use, a cold one for years. Both speak S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:  # as in `shared.ports`
    from shared.recordings.files import Part, PartialFile, Restored, RestoreTier, StoredFile


class FileStore(Protocol):
    """One bucket of an S3 service.

    Every method raises Upstream where the store does not answer as it should.
    """

    def begin(self, key: str, *, content_type: str) -> PartialFile:
        """Begin a file."""

    def find_partial(self, key: str) -> PartialFile | None:
        """The newest unfinished file of that key, with its parts."""

    def put_part(self, partial: PartialFile, number: int, content: bytes | bytearray) -> Part:
        """Store one part (5 MiB at least, unless it is the last); the store checks the MD5 that goes with it.

        Raises:
            Upstream: also when the unfinished file is gone.
        """

    def complete(self, partial: PartialFile, parts: tuple[Part, ...], *, part_bytes: int) -> StoredFile:
        """Make the file of its parts; readers see it from now on.

        Raises:
            Upstream: it is not of the parts' bytes, and has been removed; or its parts are not there any more.
        """

    def abort(self, partial: PartialFile) -> None:
        """Forget an unfinished file; harmless when it is gone."""

    def describe(self, key: str) -> StoredFile | None:
        """The file of that key, or None. Its `part_bytes` is not known."""

    def open(self, file: StoredFile) -> BinaryIO:
        """A seekable file over exactly these bytes, read by ranges.

        Raises:
            FileNotFoundError: it is gone, or another one has its key.
        """

    def signed_get(self, file: StoredFile, *, lifetime: timedelta, file_name: str) -> str:
        """A URL that downloads the file under that name."""

    def delete(self, key: str) -> None:
        """Remove the file and its unfinished ones; harmless when there are none."""

    def restore(self, file: StoredFile, *, tier: RestoreTier, days: int) -> None:
        """Ask for a cold file; harmless when it is on its way or back already."""

    def restore_state(self, file: StoredFile) -> Restored:
        """Where the restoring of a cold file stands."""

    def files(self, prefix: str) -> Iterator[StoredFile]:
        """Every complete file whose key begins so, by key."""

    def partials(self, prefix: str) -> Iterator[PartialFile]:
        """Every unfinished file whose key begins so; without their parts."""


class HotFiles(FileStore, Protocol):
    """The store of what is downloaded (Cloudflare R2)."""


class ColdFiles(FileStore, Protocol):
    """The store of what is kept for years (S3 Glacier)."""
