"""The meeting service over Cloudflare's client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.adapters.realtimekit.answers import content_of, page_of, recording_of
from shared.adapters.realtimekit.client import NotThere, RawAnswer, RealtimeKitClient
from shared.ports.meetings import LIVE_STATES, MeetingRefused, MeetingUnavailable, ProviderRecording
from shared.settings import settings

if TYPE_CHECKING:  # as in `client`
    from cloudflare.resources.realtime_kit.meetings import MeetingsResourceWithRawResponse
    from cloudflare.resources.realtime_kit.recordings import RecordingsResourceWithRawResponse

PAGE_SIZE = 100


class RealtimeKitMeetings:
    """`Meetings` in one app of RealtimeKit."""

    def __init__(self, client: RealtimeKitClient) -> None:
        self._client = client

    def create_meeting(self, title: str, *, record_on_start: bool) -> str:
        answer = self._ask_meetings(self._meetings.create, title=title, record_on_start=record_on_start)
        match content_of(answer):
            case {"id": str(id)} if id:
                return id
        raise MeetingUnavailable("the meeting service answered something that is no meeting")

    def update_meeting(
        self,
        meeting_id: str,
        *,
        title: str | None = None,
        record_on_start: bool | None = None,
        is_active: bool | None = None,
    ) -> None:
        status = None if is_active is None else ("ACTIVE" if is_active else "INACTIVE")
        changes = {"title": title, "record_on_start": record_on_start, "status": status}
        given = {name: value for name, value in changes.items() if value is not None}
        content_of(self._ask_meetings(self._meetings.update_meeting_by_id, meeting_id, **given))

    def start_recording(self, meeting_id: str, *, max_seconds: int, file_name_prefix: str) -> ProviderRecording:
        try:
            answer = self._ask_recordings(
                self._recordings.start_recordings,
                meeting_id=meeting_id,
                max_seconds=max_seconds,
                file_name_prefix=file_name_prefix,
                allow_multiple_recordings=False,
            )
        except NotThere as error:
            raise MeetingRefused("the meeting service does not know the meeting") from error
        return recording_of(content_of(answer))

    def stop_recording(self, recording_id: str) -> ProviderRecording | None:
        try:
            answer = self._ask_recordings(self._recordings.pause_resume_stop_recording, recording_id, action="stop")
        except NotThere:
            return None
        except MeetingRefused as refusal:
            if refusal.retry_after_s is not None:
                raise
            # Which refusal means that it has ended is not documented: whether it has is.
            found = self.find_recording(recording_id)
            if found and found.state in LIVE_STATES:
                raise
            return found
        return recording_of(content_of(answer))

    def find_recording(self, recording_id: str) -> ProviderRecording | None:
        return self._found(self._recordings.get_one_recording, recording_id)

    def active_recording(self, meeting_id: str) -> ProviderRecording | None:
        return self._found(self._recordings.get_active_recordings, meeting_id)

    def recordings_of(self, meeting_id: str, *, since: datetime | None = None) -> Sequence[ProviderRecording]:
        """Oldest first, so that what begins meanwhile comes onto the last page and moves nothing."""
        filters = {"meeting_id": meeting_id, "sort_by": "invokedTime", "sort_order": "ASC", "per_page": PAGE_SIZE}
        if since:
            filters["start_time"] = since
        found: dict[str, ProviderRecording] = {}
        page_no = 1
        while True:
            try:
                answer = self._ask_recordings(self._recordings.get_recordings, page_no=page_no, **filters)
            except NotThere:
                return []
            rows, total = page_of(answer)
            before = len(found)
            found |= {recording.id: recording for recording in map(recording_of, rows)}
            if len(found) == before or len(found) >= total:
                return list(found.values())
            page_no += 1

    @property
    def _meetings(self) -> MeetingsResourceWithRawResponse:
        return self._client.api.realtime_kit.meetings.with_raw_response

    @property
    def _recordings(self) -> RecordingsResourceWithRawResponse:
        return self._client.api.realtime_kit.recordings.with_raw_response

    def _found(self, request: Callable[..., RawAnswer], id: str) -> ProviderRecording | None:
        try:
            return recording_of(content_of(self._ask_recordings(request, id)))
        except NotThere:
            return None

    def _ask_recordings(self, request: Callable[..., RawAnswer], *arguments: str, **fields: object) -> Any:
        return self._client.ask(request, *arguments, is_of_recordings=True, **fields)

    def _ask_meetings(self, request: Callable[..., RawAnswer], *arguments: str, **fields: object) -> Any:
        try:
            return self._client.ask(request, *arguments, is_of_recordings=False, **fields)
        except NotThere as error:
            raise MeetingRefused("the meeting service does not know the meeting") from error


def meetings() -> RealtimeKitMeetings:
    """The meetings of this process."""
    return RealtimeKitMeetings(RealtimeKitClient(settings()))
