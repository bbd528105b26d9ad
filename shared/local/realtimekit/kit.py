"""What can be done to meetings and recordings, whoever asks: the API, the tests, or time itself.

A status changes in one place, together with the webhook that tells of it.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from shared.local.realtimekit.entities import (
    SECOND_US,
    Meeting,
    Recording,
    StartReason,
    Status,
    StopReason,
    Webhook,
    now_us,
)
from shared.local.realtimekit.errors import AlreadyRecording, AlreadyStopped, Invalid, Missing
from shared.local.realtimekit.lifecycle import IllegalMove, moved, next_move, way_to
from shared.local.realtimekit.store import Session, Store
from shared.local.realtimekit.wire import Wire

_TARGETS: dict[str, Status] = {"stop": "UPLOADING", "pause": "PAUSED", "resume": "RECORDING"}
_LONGEST_WAIT_S = 30.0

Action = Literal["stop", "pause", "resume"]


class Kit:
    """The meetings and recordings of one app; whoever watches is told of every change."""

    def __init__(self, store: Store, wire: Wire, *, step_s: float, empty_s: float) -> None:
        self._store = store
        self._wire = wire
        self._step_s = step_s
        self._empty_s = empty_s
        self._watchers: list[threading.Event] = []

    def watch(self) -> threading.Event:
        """Return an event that is set after every change."""
        event = threading.Event()
        self._watchers.append(event)
        return event

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """Run the block in a transaction and tell the watchers of its end."""
        with self._store.transaction() as session:
            yield session
        for event in self._watchers:
            event.set()

    def create_meeting(self, *, title: str | None, record_on_start: bool) -> Meeting:
        """Make a meeting that nobody is in."""
        at_us = now_us()
        meeting = Meeting(
            id=str(uuid.uuid4()), created_us=at_us, updated_us=at_us, title=title, record_on_start=record_on_start
        )
        with self.changing() as session:
            session.save_meeting(meeting)
        return meeting

    def meeting(self, id: str) -> Meeting:
        """Return a meeting."""
        with self._store.transaction() as session:
            return _meeting(session, id)

    def change_meeting(self, id: str, change: Callable[[Meeting], Meeting]) -> Meeting:
        """Replace a meeting by what `change` makes of it."""
        with self.changing() as session:
            changed = change(_meeting(session, id))
            session.save_meeting(changed)
        return changed

    def join(self, id: str) -> Meeting:
        """Let one more person into a meeting, which may begin to record it."""
        with self.changing() as session:
            meeting = _meeting(session, id)
            if meeting.status != "ACTIVE":
                raise Invalid("the meeting is not active")
            joined = msgspec.structs.replace(
                meeting, participants=meeting.participants + 1, session_id=meeting.session_id or str(uuid.uuid4())
            )
            session.save_meeting(joined)
            if joined.record_on_start and not _live(session, id):
                self._begin(session, joined, reason="RECORD_ON_START")
        return joined

    def start(self, meeting_id: str, *, max_seconds: int, prefix: str | None, may_be_second: bool) -> Recording:
        """Begin to record a meeting."""
        with self.changing() as session:
            meeting = _meeting(session, meeting_id)
            if meeting.status != "ACTIVE":
                raise Invalid("the meeting is not active")
            if not may_be_second and _live(session, meeting_id):
                raise AlreadyRecording("the meeting is being recorded already")
            return self._begin(session, meeting, reason="API_CALL", max_seconds=max_seconds, prefix=prefix)

    def act(self, id: str, action: Action) -> Recording:
        """Stop, pause or resume a recording."""
        with self.changing() as session:
            recording = _recording(session, id)
            if not recording.is_live:
                raise AlreadyStopped("the recording has been stopped already")
            try:
                return self._move(session, recording, _TARGETS[action], "API_CALL")
            except IllegalMove as error:
                raise Invalid(str(error)) from error

    def advance(self, id: str, to: Status) -> Recording:
        """Lead a recording to a status, through all those on the way."""
        with self.changing() as session:
            recording = _recording(session, id)
            try:
                for status in way_to(recording, to):
                    recording = self._move(session, recording, status, "INTERNAL_ERROR" if to == "ERRORED" else None)
            except IllegalMove as error:
                raise Invalid(str(error)) from error
        return recording

    def change_recording(self, id: str, change: Callable[[Recording], Recording]) -> Recording:
        """Replace a recording by what `change` makes of it, of which no webhook tells."""
        with self.changing() as session:
            changed = change(_recording(session, id))
            session.save_recording(changed)
        return changed

    def forget(self, id: str) -> None:
        """Know nothing of a recording any more."""
        with self.changing() as session:
            session.forget_recording(_recording(session, id).id)

    def recording(self, id: str) -> Recording:
        """Return a recording."""
        with self._store.transaction() as session:
            return _recording(session, id)

    def recordings(self, meeting_id: str | None = None) -> list[Recording]:
        """Return the recordings, of one meeting or of all, oldest first."""
        with self._store.transaction() as session:
            return session.recordings(meeting_id)

    def active(self, meeting_id: str) -> Recording:
        """Return the recording that is under way in a meeting."""
        with self._store.transaction() as session:
            if live := _live(session, meeting_id):
                return live[-1]
        raise Missing("no recording is active in this meeting")

    def webhooks(self, meeting_id: str) -> list[Webhook]:
        """Return the webhooks of a meeting, oldest first."""
        with self._store.transaction() as session:
            return session.webhooks(meeting_id)

    def webhook(self, id: str) -> Webhook:
        """Return a webhook."""
        with self._store.transaction() as session:
            if webhook := session.webhook(id):
                return webhook
        raise Missing("the webhook does not exist")

    def webhooks_to_send(self) -> list[Webhook]:
        """Return the webhooks that wait, those first that are due first."""
        with self._store.transaction() as session:
            return session.webhooks_to_send()

    def advance_due(self) -> float:
        """Make every move whose time has come; return the seconds until the next one."""
        at_us = now_us()
        waits_s = [_LONGEST_WAIT_S]
        with self._store.transaction() as session:
            due = []
            for recording in session.under_way():
                meeting = _meeting(session, recording.meeting_id)
                move = next_move(recording, meeting, step_s=self._step_s, empty_s=self._empty_s)
                if move and move.at_us <= at_us:
                    due.append((recording, move))
                elif move:
                    waits_s.append((move.at_us - at_us) / SECOND_US)
        if due:
            with self.changing() as session:
                for recording, move in due:
                    # Somebody else may have been here since.
                    if session.recording(recording.id) == recording:
                        self._move(session, recording, move.to, move.reason)
            return 0
        return min(waits_s)

    def _begin(
        self,
        session: Session,
        meeting: Meeting,
        *,
        reason: StartReason,
        max_seconds: int = 24 * 3600,
        prefix: str | None = None,
    ) -> Recording:
        at_us = now_us()
        name = f"{meeting.id}_{at_us // 1000}{self._wire.default_extension}"
        recording = Recording(
            id=str(uuid.uuid4()),
            meeting_id=meeting.id,
            session_id=meeting.session_id or str(uuid.uuid4()),
            file_name=f"{prefix}_{name}" if prefix else name,
            start_reason=reason,
            invoked_us=at_us,
            changed_us=at_us,
            max_seconds=max_seconds,
        )
        self._save(session, recording)
        return recording

    def _move(self, session: Session, recording: Recording, to: Status, reason: StopReason | None) -> Recording:
        after = moved(recording, to, now_us(), reason)
        self._save(session, after)
        return after

    def _save(self, session: Session, recording: Recording) -> None:
        session.save_recording(recording)
        meeting = _meeting(session, recording.meeting_id)
        session.save_webhook(
            Webhook(
                id=str(uuid.uuid4()),
                meeting_id=meeting.id,
                recording_id=recording.id,
                status=recording.status,
                body=msgspec.json.encode(self._wire.status_update(recording, meeting)).decode(),
                created_us=recording.changed_us,
                due_us=recording.changed_us,
                state="kept" if meeting.keeps_webhooks else "waiting",
            )
        )


class Advancer:
    """Lets time pass, in a thread of its own."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._changed = kit.watch()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._keep_advancing, name="advancer", daemon=True).start()

    def _keep_advancing(self) -> None:
        while True:
            # Cleared before looking: what changes while we look is looked at again.
            self._changed.clear()
            self._changed.wait(self._kit.advance_due())


def _meeting(session: Session, id: str) -> Meeting:
    if meeting := session.meeting(id):
        return meeting
    raise Missing("the meeting does not exist")


def _recording(session: Session, id: str) -> Recording:
    if recording := session.recording(id):
        return recording
    raise Missing("the recording does not exist")


def _live(session: Session, meeting_id: str) -> list[Recording]:
    return [recording for recording in session.recordings(meeting_id) if recording.is_live]
