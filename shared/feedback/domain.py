"""What a feedback recording is, besides being a recording."""

from __future__ import annotations

from datetime import timedelta

from shared.recordings.recording import NOBODY as NOBODY
from shared.recordings.recording import Recording, State, StoredObject
from shared.structs import Struct

INTAKE = "feedback_intake"  #: the pipeline that makes an uploaded video playable
ANALYSIS = "feedback_analysis"  #: the pipeline that analyses it

#: How long a client has to upload the video.
UPLOAD_WITHIN = timedelta(hours=24)
#: How long one presigned URL takes it.
UPLOAD_URL_LIFETIME = timedelta(seconds=300)
DOWNLOAD_URL_LIFETIME = timedelta(hours=1)
#: How long a recording that nobody claims is kept.
UNCLAIMED_KEPT_FOR = timedelta(days=7)


class FeedbackDetails(Struct, frozen=True, kw_only=True):
    """The family's facts of a recording; `recording.details` holds exactly this."""

    duration_s: float  #: as the client said
    session_id: str | None
    video_content_type: str  #: as announced
    context: StoredObject  #: what the client sent, whole: metadata, actions, browser state, elements
    metadata: StoredObject  #: its metadata alone
    video: StoredObject | None = None  #: the playable one
    video_duration_s: float | None = None
    job_id: str | None = None  #: the run of the newest analysis that was asked for
    timeline: StoredObject | None = None  #: of the last analysis that ended well, as are the next two
    transcript: StoredObject | None = None
    analysis: StoredObject | None = None
    shown_title: str = ""  #: the metadata's title and URL, without secrets
    shown_url: str = ""


def status_of(recording: Recording, details: FeedbackDetails) -> str:
    """This API's word for where the recording is."""
    is_asked_for = details.job_id is not None and details.job_id == recording.current_run
    if recording.state is State.PROCESSING:
        return "analyzing" if is_asked_for else "pending"
    if recording.state is State.FAILED:
        return "failed"
    return "analyzed" if details.analysis is not None else "pending"
