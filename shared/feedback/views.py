"""From recordings to what the wire shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import msgspec

from shared.feedback.api import RecordingCreated, RecordingList, RecordingOut, RecordingSummary, Status
from shared.feedback.creating import Created, DirectUpload
from shared.feedback.domain import UPLOAD_URL_LIFETIME, status_of
from shared.feedback.service import details_of
from shared.recordings.recording import Recording


def created_out(created: Created) -> RecordingCreated:
    """A new recording, and the means to upload its video."""
    recording = created.recording
    return RecordingCreated.model_validate(
        {
            "recording_id": recording.id,
            "video_upload_status": "pending" if recording.upload is None else "uploaded",
            "status": status_of(recording, details_of(recording)),
            "upload_token": created.token,
            **(_direct_upload_members(recording, created.upload) if created.upload else {}),
        }
    )


def _direct_upload_members(recording: Recording, upload: DirectUpload) -> dict[str, object]:
    return {
        "upload_url": upload.url,
        "presigned_video_object_id": f"obj-{recording.id}",
        "presigned_video_object_key": upload.object_key,
        "presigned_video_content_type": upload.content_type,
        "presigned_ttl_seconds": UPLOAD_URL_LIFETIME // timedelta(seconds=1),
    }


def recording_out(recording: Recording, metadata: bytes) -> RecordingOut:
    """A recording with its metadata as they came."""
    details = details_of(recording)
    return RecordingOut(
        id=recording.id,
        status=_status_of(recording),
        session_id=details.session_id,
        created_at=recording.created_at,
        duration=details.duration_s,
        metadata=msgspec.Raw(metadata),
    )


def recording_list(found: Sequence[Recording]) -> RecordingList:
    """Recordings in short."""
    return RecordingList(
        recordings=[
            RecordingSummary(
                id=recording.id,
                status=_status_of(recording),
                created_at=recording.created_at,
                duration=details_of(recording).duration_s,
            )
            for recording in found
        ]
    )


def _status_of(recording: Recording) -> Status:
    return cast(Status, status_of(recording, details_of(recording)))
