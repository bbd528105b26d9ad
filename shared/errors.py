"""Every failure a caller may see.

    PlayheadError                 500  internal          our bug or an outage
    ├── InvalidRequest            400  invalid_request   the request is not well-formed
    │   ├── LengthRequired        411  length_required   its length is not announced
    │   └── UnsupportedMediaType  415  unsupported_media_type  its body is of a type that is not taken
    ├── Unauthorized              401  unauthorized      no caller
    ├── Forbidden                 403  forbidden         a caller, but not this one
    ├── NotFound                  404  not_found         nothing the caller may see under that id
    ├── MethodNotAllowed          405  method_not_allowed  carries allow
    ├── Conflict                  409  conflict          the resource's state forbids it
    ├── TooLarge                  413  too_large         carries a hint
    ├── TooMany                   429  rate_limited      carries retry_after_s
    ├── Upstream                  502  upstream_failed   somebody else's outage
    │   └── UpstreamTimeout       503  upstream_timeout  somebody else is too slow
    └── Busy                      503  busy              carries retry_after_s

The class decides the status, the machine code and the log level; a family decides only how it looks.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self


class PlayheadError(Exception):
    """Something went wrong on our side."""

    status: ClassVar[int] = 500
    code: str = "internal"

    def __init__(self, message: str = "", *, hint: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n")[0])
        self.hint = hint

    @property
    def message(self) -> str:
        return str(self)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that this failure adds to its answer."""
        return {}


#: What a field that a request must not have is told.
UNKNOWN_FIELD = "is not known"


class Problem(NamedTuple):
    """What is wrong with one field of a request: `title`, `must not be empty`."""

    field: str
    text: str


class InvalidRequest(PlayheadError):
    """The request is not valid."""

    status, code = 400, "invalid_request"

    def __init__(self, message: str = "", *, hint: str | None = None, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems

    @classmethod
    def of(cls, field: str, text: str) -> Self:
        """The failure of one field."""
        return cls(f"{field}: {text}", problems=(Problem(field, text),))


class LengthRequired(InvalidRequest):
    """The request does not say how long its body is."""

    status, code = 411, "length_required"


class UnsupportedMediaType(InvalidRequest):
    """The body is of a type that is not taken."""

    status, code = 415, "unsupported_media_type"


class Unauthorized(PlayheadError):
    """Credentials are missing or not valid."""

    status, code = 401, "unauthorized"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(PlayheadError):
    """The caller may not do this."""

    status, code = 403, "forbidden"


class NotFound(PlayheadError):
    """There is nothing under this id."""

    status, code = 404, "not_found"


class MethodNotAllowed(PlayheadError):
    """This path does not take this method."""

    status, code = 405, "method_not_allowed"

    def __init__(self, allow: tuple[str, ...]) -> None:
        super().__init__()
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allow)}


class Conflict(PlayheadError):
    """The state of the resource does not allow this."""

    status, code = 409, "conflict"


class TooLarge(PlayheadError):
    """The request is too large."""

    status, code = 413, "too_large"


class TooMany(PlayheadError):
    """Too many requests."""

    status, code = 429, "rate_limited"

    def __init__(self, message: str = "", *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class Upstream(PlayheadError):
    """A service that we need did not answer as it should."""

    status, code = 502, "upstream_failed"

    def __init__(self, message: str = "", *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class UpstreamTimeout(Upstream):
    """A service that we need did not answer in time."""

    status, code = 503, "upstream_timeout"


class Busy(PlayheadError):
    """As many requests as can be worked on are being worked on."""

    status, code = 503, "busy"
    retry_after_s = 10

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}
