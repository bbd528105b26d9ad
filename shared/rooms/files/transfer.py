"""Moving a file into a store part by part: never whole in memory, and never a part twice.

    source ──read──▶ one part ──MD5──▶ store     until every part is there; then `complete`

Parts outlive whoever stored them, so that an attempt goes on where the one before was interrupted.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Protocol

from shared.errors import Upstream
from shared.ports.files import FileStore
from shared.recordings.files import Part, PartialFile, StoredFile
from shared.structs import Struct, replace

_MIB = 1024 * 1024
#: The parts of files of up to 80 GB; longer files have longer parts.
PART_BYTES = 8 * _MIB
#: As many as S3 takes.
MAX_PARTS = 10_000
#: How much is read between two looks whether the work is still wanted.
_PIECE_BYTES = _MIB


class Source(Protocol):
    """What is moved: a download, or a file of a store."""

    def read(self, size_bytes: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


class Progress(Protocol):
    """Whoever waits for a transfer; both methods raise where nobody does any more."""

    def check(self) -> None:
        """To be called every few seconds."""

    def report(self, detail: str, /) -> None:
        """Tell how far it is."""


class Transfer(Struct, frozen=True, kw_only=True):
    """A file on its way. `part_bytes` is the size of every part but the last, and `parts` are stored already."""

    partial: PartialFile
    size_bytes: int
    part_bytes: int
    parts: tuple[Part, ...] = ()

    @property
    def stored_bytes(self) -> int:
        return sum(part.size_bytes for part in self.parts)

    @property
    def is_whole(self) -> bool:
        return self.stored_bytes == self.size_bytes


def part_bytes_for(size_bytes: int) -> int:
    """The size of the parts of a file: a multiple of 8 MiB, such that there are not too many."""
    return PART_BYTES * max(1, -(-size_bytes // (PART_BYTES * MAX_PARTS)))


def resume(partial: PartialFile, *, size_bytes: int, part_bytes: int) -> Transfer:
    """Go on with an unfinished file: its parts from the first on, as far as they are of the right size.

    Whoever calls knows that they are parts of the same bytes.
    """
    fresh = Transfer(partial=partial, size_bytes=size_bytes, part_bytes=part_bytes)
    numbered = enumerate(sorted(partial.parts, key=lambda part: part.number), 1)
    fitting = takewhile(lambda one: _fits(one[1], one[0], fresh), numbered)
    return replace(fresh, parts=tuple(part for _, part in fitting))


def finish(transfer: Transfer, source: Source, *, store: FileStore, progress: Progress) -> StoredFile:
    """Move what is missing, from a source that begins behind what is stored, and make the file of its parts.

    Raises:
        Upstream: the source ends too early, or the store does not keep what it was given.
    """
    while not transfer.is_whole:
        part = _move_part(transfer, source, store, progress)
        transfer = replace(transfer, parts=(*transfer.parts, part))
        progress.report(f"{100 * transfer.stored_bytes // transfer.size_bytes} %")
    progress.check()
    return store.complete(transfer.partial, transfer.parts, part_bytes=transfer.part_bytes)


def _move_part(transfer: Transfer, source: Source, store: FileStore, progress: Progress) -> Part:
    wanted_bytes = min(transfer.part_bytes, transfer.size_bytes - transfer.stored_bytes)
    content = bytearray()
    while len(content) < wanted_bytes:
        progress.check()
        piece = source.read(min(_PIECE_BYTES, wanted_bytes - len(content)))
        if not piece:
            raise Upstream("the file ends too early")
        content += piece
    return store.put_part(transfer.partial, len(transfer.parts) + 1, content)


def _fits(part: Part, number: int, transfer: Transfer) -> bool:
    offset = (number - 1) * transfer.part_bytes
    return part.number == number and part.size_bytes == min(transfer.part_bytes, transfer.size_bytes - offset)
