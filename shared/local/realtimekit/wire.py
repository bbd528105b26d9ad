"""How things look: snake_case in the API, camelCase in webhooks, and URLs that expire."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.local.realtimekit.entities import KEPT_S, SECOND_US, Media, Meeting, Recording, now_us

Json = Mapping[str, object]


@dataclass(frozen=True)
class Links:
    """The download URLs of one server; `secret` is what they are signed with."""

    base_url: str
    secret: bytes
    lifetime_s: float

    def url(self, recording: Recording) -> tuple[str, int]:
        """Return a URL of the recording's file and when it expires, in seconds since 1970."""
        expires_s = int(time.time() + self.lifetime_s)
        if recording.stopped_us is not None:
            expires_s = min(expires_s, recording.stopped_us // SECOND_US + KEPT_S)
        query = f"expires={expires_s}&token={self._token(recording.id, str(expires_s))}"
        return f"{self.base_url}/media/{recording.id}/{recording.file_name}?{query}", expires_s

    def holds(self, recording_id: str, query: Mapping[str, str]) -> bool:
        """Say whether a URL with this query is ours and has not expired."""
        expires = query.get("expires", "")
        is_ours = hmac.compare_digest(self._token(recording_id, expires), query.get("token", ""))
        return is_ours and time.time() < int(expires)

    def _token(self, recording_id: str, expires: str) -> str:
        return hmac.new(self.secret, f"{recording_id}/{expires}".encode(), hashlib.sha256).hexdigest()


class Wire:
    """What the API and the webhooks say of meetings and recordings."""

    def __init__(self, links: Links, default_media: Media) -> None:
        self._links = links
        self._default_media = default_media

    @property
    def default_extension(self) -> str:
        """Return how the names of files end."""
        return Path(self._default_media.path).suffix if self._default_media.path else ".mp4"

    def media_of(self, recording: Recording) -> Media:
        """Return the file of a recording that has been uploaded."""
        return recording.media or self._default_media

    def meeting(self, meeting: Meeting) -> Json:
        """Return a meeting as the API shows it."""
        return {
            "id": meeting.id,
            "title": meeting.title,
            "status": meeting.status,
            "record_on_start": meeting.record_on_start,
            "live_stream_on_start": False,
            "persist_chat": False,
            "summarize_on_end": False,
            "created_at": _time(meeting.created_us),
            "updated_at": _time(meeting.updated_us),
        }

    def recording(self, recording: Recording) -> Json:
        """Return a recording as the API shows it: it does not say of which meeting it is."""
        size_bytes, url, expires = self._file(recording)
        return {
            "id": recording.id,
            "session_id": recording.session_id,
            "status": recording.status,
            "output_file_name": recording.file_name,
            "file_size": size_bytes,
            "invoked_time": _time(recording.invoked_us),
            "started_time": _time(recording.started_us),
            "stopped_time": _time(recording.stopped_us),
            "download_url": url,
            "download_url_expiry": expires,
            "audio_download_url": None,
            "recording_duration": self._duration_s(recording),
            "start_reason": {"reason": recording.start_reason},
            "stop_reason": {"reason": recording.stop_reason} if recording.stop_reason else None,
            "storage_config": None,
        }

    def status_update(self, recording: Recording, meeting: Meeting) -> Json:
        """Return the webhook of a recording's status; what is not known yet is left out."""
        size_bytes, url, expires = self._file(recording)
        told = {
            "id": recording.id,
            "recordingId": recording.id,
            "status": recording.status,
            "meetingId": recording.meeting_id,
            "outputFileName": recording.file_name,
            "invokedTime": _time(recording.invoked_us),
            "startedTime": _time(recording.started_us),
            "stoppedTime": _time(recording.stopped_us),
            "recordingDuration": self._duration_s(recording),
            "fileSize": None if size_bytes is None else str(size_bytes),
            "downloadUrl": url,
            "downloadUrlExpiry": expires,
        }
        return {
            "event": "recording.statusUpdate",
            "recording": {name: value for name, value in told.items() if value is not None},
            "meeting": {"id": meeting.id, "sessionId": recording.session_id, "title": meeting.title},
        }

    def _file(self, recording: Recording) -> tuple[int | None, str | None, str | None]:
        """Return the size, the URL and its expiry, as far as there is a file."""
        if recording.status != "UPLOADED":
            return None, None, None
        size_bytes = self.media_of(recording).size_bytes
        if recording.has_expired(now_us()):
            return size_bytes, None, None
        url, expires_s = self._links.url(recording)
        return size_bytes, url, _time(expires_s * SECOND_US)

    def _duration_s(self, recording: Recording) -> int | None:
        if recording.started_us is None or recording.stopped_us is None:
            return None
        media_s = self.media_of(recording).duration_s
        return round((recording.stopped_us - recording.started_us) / SECOND_US if media_s is None else media_s)


def _time(at_us: int | None) -> str | None:
    if at_us is None:
        return None
    return datetime.fromtimestamp(at_us / SECOND_US, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
