"""What can go wrong in this family besides what goes wrong everywhere."""

from __future__ import annotations

from shared.errors import Conflict, NotFound


class AlreadyClaimed(Conflict):
    """The recording belongs to a colleague."""

    code = "ALREADY_CLAIMED"


class VideoNotFound(NotFound):
    """The recording has no video yet."""

    code = "VIDEO_NOT_FOUND"


class VideoAlreadyUploaded(Conflict):
    """The video cannot be replaced any more: its analysis has begun."""

    code = "VIDEO_ALREADY_UPLOADED"


class VideoNotUploaded(Conflict):
    """The video has not been uploaded."""

    code = "VIDEO_NOT_UPLOADED"


class AnalysisNotFound(NotFound):
    """No analysis of this recording was ever asked for."""

    code = "ANALYSIS_NOT_FOUND"


class AnalysisNotReady(Conflict):
    """The analysis is not done."""

    code = "ANALYSIS_NOT_READY"
