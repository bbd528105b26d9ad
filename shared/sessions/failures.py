"""What can go wrong with a session, beyond what every family knows."""

from __future__ import annotations

from shared.errors import Conflict, PlayheadError


class RunUnderWay(Conflict):
    """The session is being processed."""


class ProcessingFailed(PlayheadError):
    """The recording could not be processed; the session stays, with status `error`."""

    def __init__(self, session_id: str, message: str, *, processing_ms: int) -> None:
        super().__init__(message)
        self.session_id = session_id
        self.processing_ms = processing_ms
