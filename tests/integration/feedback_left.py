"""Feedback in conditions that take long to reach: nobody's, a week old, analysed. By the product's own adapters."""

from __future__ import annotations

from datetime import timedelta

from shared import ports
from shared.recordings.codec import to_plain
from shared.recordings.recording import NOBODY, Bucket, Recording, StoredObject
from shared.recordings.visitors import upload_token
from shared.settings import settings
from shared.structs import replace
from shared.wiring import wired
from tests.integration.feedback_client import Feedback
from tests.integration.feedback_stored import complete_analysis
from tests.integration.stored import recording_of


def analyze_in_a_moment(id: str) -> None:
    """Give a recording a video and an analysis, as if it had been asked for long ago; the video may be replaced."""
    complete_analysis(id)
    recording = recording_of(id)
    video = StoredObject(bucket=Bucket.UPLOADS, name=f"feedback/{id}/upload", generation=1, size_bytes=1)
    save(replace(recording, upload=video, details={**recording.details, "video": to_plain(video), "job_id": None}))


def leave_unclaimed(client: Feedback, *, age: timedelta = timedelta(0)) -> str:
    """Create a recording that is nobody's, of this age; returns its id."""
    recording = recording_of(client.create()["recordingId"])
    created_at = recording.created_at - age
    save(replace(recording, tenant_id=NOBODY, user_id=NOBODY, created_at=created_at))
    return recording.id


def token_of(id: str) -> str:
    """The upload token of a recording."""
    return upload_token(id, pepper=settings().key_pepper.get_secret_value())


def holder_of(url: str, id: str) -> Feedback:
    """A client without credentials that has a recording's upload token."""
    return Feedback(url, None, {"X-Upload-Token": token_of(id)})


def save(recording: Recording) -> None:
    """Put a recording where it should be."""
    wired(ports.Recordings).transact(lambda transaction: transaction.save(recording))
