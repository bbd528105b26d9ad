"""Bodies whose senders have no credentials, and sign what they send."""

from __future__ import annotations

from typing import Protocol, TypeVar

Model_co = TypeVar("Model_co", covariant=True)


class SignedBody(Protocol[Model_co]):
    """A body whose credentials are a signature over exactly its bytes. Nothing of it is read before that is checked."""

    @property
    def raw(self) -> bytes:
        """The bytes that are signed."""

    def header(self, *names: str) -> str | None:
        """The first of these headers that the request has, or None."""

    def parse(self) -> Model_co:
        """What the body says.

        Raises:
            InvalidRequest: not JSON, or not what the model takes.
        """
