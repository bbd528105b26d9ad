"""Why a request is refused, and how that looks."""

from starlette.responses import JSONResponse


class KitError(Exception):
    """A refusal with a status and one of Cloudflare's numbers."""

    status = 400
    code = 1000

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says beside its body."""
        return {}


class Invalid(KitError):
    """The request is not well-formed, or the state of a thing forbids it."""


class Unauthenticated(KitError):
    """The token is not the app's."""

    status, code = 401, 10000


class Missing(KitError):
    """There is nothing under that id."""

    status, code = 404, 1001


class AlreadyStopped(KitError):
    """The recording is no longer under way."""

    status, code = 409, 1002


class AlreadyRecording(KitError):
    """The meeting is being recorded, and one recording at a time was asked for."""

    status, code = 409, 1003


class LimitReached(KitError):
    """More requests came than a window allows."""

    status, code = 429, 971

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("rate limited: please wait")
        self._retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self._retry_after_s)}


def error_response(error: KitError) -> JSONResponse:
    """Return a refusal as Cloudflare's API words it."""
    body = {"success": False, "errors": [{"code": error.code, "message": str(error)}], "messages": [], "result": None}
    return JSONResponse(body, error.status, error.headers)
