"""Every refusal of Cloud Storage, with its status and its name in both of its APIs.

```
StorageError                    500 internalError
├── InvalidRequest              400 invalid            InvalidArgument
│   ├── BadDigest               400                    BadDigest
│   ├── EntityTooLarge          400                    EntityTooLarge
│   ├── EntityTooSmall          400                    EntityTooSmall
│   ├── ExpiredToken            400                    ExpiredToken
│   └── MalformedSecurityHeader 400                    MalformedSecurityHeader
├── AccessDenied                403 forbidden          AccessDenied
│   └── SignatureDoesNotMatch   403                    SignatureDoesNotMatch
├── NotFound                    404 notFound           NoSuchKey
│   ├── BucketNotFound          404                    NoSuchBucket
│   └── UploadNotFound          404                    NoSuchUpload
├── MethodNotAllowed            405 methodNotAllowed   MethodNotAllowed
├── Conflict                    409 conflict           Conflict
├── PreconditionFailed          412 conditionNotMet    PreconditionFailed
├── NotModified                 304
├── RangeNotSatisfiable         416 requestedRangeNotSatisfiable  InvalidRange
└── UploadOutOfOrder            503 backendError       ServiceUnavailable
```
"""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from starlette.responses import JSONResponse, Response


class StorageError(Exception):
    """A request that Cloud Storage refuses."""

    status = 500
    reason = "internalError"
    code = "InternalError"

    def __init__(self, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = dict(headers or {})


class InvalidRequest(StorageError):
    """The request is not well-formed, or says something impossible."""

    status, reason, code = 400, "invalid", "InvalidArgument"


class BadDigest(InvalidRequest):
    """The bytes are not the ones that the client announced."""

    code = "BadDigest"


class EntityTooLarge(InvalidRequest):
    """The upload is longer than its URL allows."""

    code = "EntityTooLarge"


class EntityTooSmall(InvalidRequest):
    """The upload is shorter than its URL asks for."""

    code = "EntityTooSmall"


class ExpiredToken(InvalidRequest):
    """The signed URL has expired."""

    code = "ExpiredToken"


class MalformedSecurityHeader(InvalidRequest):
    """A part of the signature is missing or unreadable."""

    code = "MalformedSecurityHeader"


class AccessDenied(StorageError):
    """No signature."""

    status, reason, code = 403, "forbidden", "AccessDenied"


class SignatureDoesNotMatch(AccessDenied):
    """A signature, but not of this request."""

    code = "SignatureDoesNotMatch"


class NotFound(StorageError):
    """No live object under that name and generation."""

    status, reason, code = 404, "notFound", "NoSuchKey"


class BucketNotFound(NotFound):
    """No bucket of that name."""

    code = "NoSuchBucket"

    def __init__(self) -> None:
        super().__init__("The specified bucket does not exist.")


class UploadNotFound(NotFound):
    """No resumable session of that id: cancelled, expired or refused."""

    code = "NoSuchUpload"

    def __init__(self) -> None:
        super().__init__("The requested upload was not found.")


class MethodNotAllowed(StorageError):
    """The address exists, for other methods."""

    status, reason, code = 405, "methodNotAllowed", "MethodNotAllowed"


class Conflict(StorageError):
    """The bucket's state forbids it."""

    status, reason, code = 409, "conflict", "Conflict"


class PreconditionFailed(StorageError):
    """A generation or metageneration is not the one that the client expects."""

    status, reason, code = 412, "conditionNotMet", "PreconditionFailed"

    def __init__(self) -> None:
        super().__init__("At least one of the pre-conditions you specified did not hold.")


class NotModified(StorageError):
    """A read whose `NotMatch` condition does not hold."""

    status = 304

    def __init__(self) -> None:
        super().__init__("")


class RangeNotSatisfiable(StorageError):
    """The range begins at or after the object's end."""

    status, reason, code = 416, "requestedRangeNotSatisfiable", "InvalidRange"

    def __init__(self, size_bytes: int) -> None:
        super().__init__("The requested range cannot be satisfied.", headers={"Content-Range": f"bytes */{size_bytes}"})


class UploadOutOfOrder(StorageError):
    """A chunk begins after the last byte that was kept: the client asks for the status, then goes on."""

    status, reason, code = 503, "backendError", "ServiceUnavailable"


def json_error(error: StorageError) -> Response:
    """Render a refusal as the JSON API does."""
    if error.status == 304:
        return Response(status_code=304)
    entry = {"message": error.message, "domain": "global", "reason": error.reason}
    content = {"error": {"code": error.status, "message": error.message, "errors": [entry]}}
    return JSONResponse(content, error.status, error.headers)


def xml_error(error: StorageError) -> Response:
    """Render a refusal as the XML API does."""
    if error.status == 304:
        return Response(status_code=304)
    content = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    )
    return Response(content, error.status, error.headers, media_type="application/xml; charset=UTF-8")
