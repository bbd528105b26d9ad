"""The service that holds the meetings and records them, in the domain's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.errors import Upstream
from shared.structs import Struct


class MeetingRefused(Upstream):
    """The meeting service refused; nothing has changed there.

    `retry_after_s` is there where it only has too much to do, and says for how long.
    """

    def __init__(self, message: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(message, retryable=retry_after_s is not None)
        self.retry_after_s = retry_after_s


class MeetingUnavailable(Upstream):
    """The meeting service did not answer as it should; what was asked may have happened or not."""


class ProviderState(StrEnum):
    """Where a recording stands at the service."""

    INVOKED = "INVOKED"
    RECORDING = "RECORDING"
    PAUSED = "PAUSED"
    UPLOADING = "UPLOADING"
    UPLOADED = "UPLOADED"
    ERRORED = "ERRORED"


#: Older deployments of the service use other words.
OLDER_WORDS = {"COMPLETED": ProviderState.UPLOADED, "FAILED": ProviderState.ERRORED}
#: It is still being recorded.
LIVE_STATES = frozenset({ProviderState.INVOKED, ProviderState.RECORDING, ProviderState.PAUSED})


class ProviderRecording(Struct, frozen=True, kw_only=True):
    """A recording as the service knows it. It does not say of which meeting it is."""

    id: str
    state: ProviderState
    invoked_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    duration_seconds: float | None = None
    size_bytes: int | None = None
    download_url: str | None = None  #: carries its own credentials
    download_url_expires_at: datetime | None = None
    file_name: str | None = None


class Meetings(Protocol):
    """The meeting service. No call is repeated by itself, and none takes longer than its time-out.

    Every method raises MeetingRefused where the service says no, and MeetingUnavailable where its answer is lost, late
    or no answer.
    """

    def create_meeting(self, title: str, *, record_on_start: bool) -> str:
        """Make a meeting; its id."""

    def update_meeting(
        self,
        meeting_id: str,
        *,
        title: str | None = None,
        record_on_start: bool | None = None,
        is_active: bool | None = None,
    ) -> None:
        """Change what is given; an inactive meeting can be joined by nobody."""

    def start_recording(self, meeting_id: str, *, max_seconds: int, file_name_prefix: str) -> ProviderRecording:
        """Begin to record, at most so long."""

    def stop_recording(self, recording_id: str) -> ProviderRecording | None:
        """End a recording; one that had ended already is fine, and None if the service does not know it."""

    def find_recording(self, recording_id: str) -> ProviderRecording | None:
        """What the service knows of a recording, or None."""

    def active_recording(self, meeting_id: str) -> ProviderRecording | None:
        """The recording that is under way in a meeting, or None."""

    def recordings_of(self, meeting_id: str, *, since: datetime | None = None) -> Sequence[ProviderRecording]:
        """Every recording of a meeting that the service still has, oldest first."""


class WebhookKeys(Protocol):
    """The public key that the service signs its webhooks with. It seldom changes.

    Every method raises MeetingUnavailable where the service does not tell.
    """

    def key(self) -> str:
        """The key (PEM) as it was last heard of."""

    def key_after(self, refused: str) -> str | None:
        """Another key than the one that did not fit, or None. The service is asked again, but not all the time."""
