"""Files that somebody else offers at a URL for a while."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Download(Protocol):
    """A file that is being downloaded."""

    @property
    def size_bytes(self) -> int:
        """How long the whole file is."""

    @property
    def start(self) -> int:
        """With which byte reading begins."""

    @property
    def etag(self) -> str | None:
        """The file's strong entity tag, if it has one."""

    def read(self, size_bytes: int) -> bytes:
        """The next bytes, at most so many; none at the end.

        Raises:
            Upstream: the file ends too early, or comes too slowly.
        """


class Downloads(Protocol):
    """Reads what URLs of others lead to; of the public internet, and of hosts that the deployment lists."""

    def open(self, url: str, *, start: int = 0, etag: str | None = None) -> AbstractContextManager[Download]:
        """Begin a download at byte `start` of the file that has this `etag`; of any other file at byte 0.

        Raises:
            FileNotFoundError: there is no such file any more.
            InvalidRequest: the URL leads where we do not go.
            Upstream: whoever offers it did not answer as they should.
        """
