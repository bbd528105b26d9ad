"""What reads the pictures of a recording: one picture in, the elements on it out.

    FrameReadError
    ├── UnreadableFrame      the bytes are no picture that may be opened: `not_a_png`, `malformed`, `too_large`
    ├── FrameRefused         the reader will not look at this picture: `blocked`
    ├── UnusableAnswer       the reader answered, and the answer says nothing that can be trusted:
    │                        `empty`, `not_json`, `not_elements`, `unknown_role`, `oversized`, `cut_off`
    ├── ReaderUnavailable    the reader could not be asked now: `timed_out`, `unreachable`, `rate_limited`, `failed`
    └── ReaderRejectedUs     the deployment is at fault: `not_allowed`, `unknown_model`, `bad_request`

A reader raises; it never puts made-up text where it has nothing to say. An empty list means an empty picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from shared.evidence.elements import Element

UnreadableCode = Literal["not_a_png", "malformed", "too_large"]
UnusableCode = Literal["empty", "not_json", "not_elements", "unknown_role", "oversized", "cut_off"]
UnavailableCode = Literal["timed_out", "unreachable", "rate_limited", "failed"]
RejectedCode = Literal["not_allowed", "unknown_model", "bad_request"]


class FrameReadError(Exception):
    """A picture was not read.

    `retryable` tells whether the same picture may be read by the same reader later.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnreadableFrame(FrameReadError):
    """The bytes are no picture that may be opened; they will always fail the same way."""

    def __init__(self, code: UnreadableCode, message: str) -> None:
        super().__init__(code, message)


class FrameRefused(FrameReadError):
    """The reader will not look at this picture, now or later."""

    def __init__(self, code: Literal["blocked"], message: str) -> None:
        super().__init__(code, message)


class UnusableAnswer(FrameReadError):
    """The reader's answer says nothing that can be trusted; another try may say more."""

    retryable = True

    def __init__(self, code: UnusableCode, message: str) -> None:
        super().__init__(code, message)


class ReaderUnavailable(FrameReadError):
    """The reader could not be asked, after all the tries that it was allowed."""

    retryable = True

    def __init__(self, code: UnavailableCode, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s  #: when the reader says that it can be asked again; None if it does not say


class ReaderRejectedUs(FrameReadError):
    """The reader does not take what this deployment sends it: somebody must change a setting."""

    def __init__(self, code: RejectedCode, message: str) -> None:
        super().__init__(code, message)


class FrameReader(Protocol):
    """Tell what can be seen on a picture."""

    def read(self, png: bytes, *, previous: Sequence[Element] | None) -> list[Element]:
        """Return the elements on one picture, from top to bottom and from left to right.

        May be called twice, and from several threads.

        Args:
            png: one whole PNG picture.
            previous: what was read from the picture before, as a hint of what elements are called; None for the first.

        Raises:
            FrameReadError: one of its kinds, as the module lists them.
        """
