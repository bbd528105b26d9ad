"""Bodies that are still arriving: passed on as they come, and never held."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol, TypeVar

Fields = TypeVar("Fields")


class Form(Protocol):
    """A form that is still arriving: its file is passed on as it comes, and never held."""

    @property
    def respond_async(self) -> bool:
        """Whether the client would rather not wait."""

    @property
    def digest(self) -> str:
        """Once it is read, the same for the same fields and file; empty before."""

    def read(
        self,
        model: type[Fields],
        *,
        open_file: Callable[[bytes], AbstractContextManager[BinaryIO]],
        max_file_bytes: int,
    ) -> Fields:
        """The form's fields; the part named `file` goes to what `open_file` gives for its first bytes.

        Raises:
            InvalidRequest: not a form, a field that is not valid, two files, or a file of no or too many bytes.
        """


class BodyStream(Protocol):
    """A body that is still arriving, of a length and a type that are known: it is passed on, and never held."""

    @property
    def content_type(self) -> str:
        """Its media type, in small letters and without parameters."""

    @property
    def size_bytes(self) -> int:
        """How long it is, as the client has announced."""

    @property
    def cap_bytes(self) -> int | None:
        """The longest body that the platform lets through; None: any."""

    def copy_to(self, target: BinaryIO) -> None:
        """Write all of it to `target`, as it arrives.

        Raises:
            InvalidRequest: it is shorter than announced.
        """
