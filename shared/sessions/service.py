"""The use cases of sessions that do not touch a video."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.ports import Clock, Ids, Recordings, Transaction
from shared.recordings import finding, lifecycle
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.idempotency import Once
from shared.recordings.lifecycle import Origin
from shared.recordings.preferences import Preferences, preferences_id
from shared.recordings.recording import Caller, Family, Recording, State
from shared.recordings.runs import Run, RunState
from shared.recordings.texts import Text
from shared.sessions.domain import (
    PROMPT,
    STATE_OF_STATUS,
    AccountSettings,
    NewSession,
    SessionChange,
    SessionDetails,
    Stats,
)
from shared.sessions.failures import RunUnderWay
from shared.structs import Struct, replace

#: A list is one answer; this many sessions are in it at most.
MOST_LISTED = 1000
#: The numbers are of this many sessions at most, the ones that changed last.
MOST_COUNTED = 10_000


class Session(Struct, frozen=True):
    """A session with its prompt."""

    recording: Recording
    prompt: str

    @property
    def details(self) -> SessionDetails:
        return details_of(self.recording)


def details_of(recording: Recording) -> SessionDetails:
    """The family's facts of a recording."""
    return from_plain(recording.details, SessionDetails)


def find_session(id: str, *, by: Caller, recordings: Recordings) -> Recording:
    """The caller's session.

    Raises:
        NotFound: there is none that the caller may see.
    """
    return finding.find_recording(id, family=Family.SESSIONS, by=by, recordings=recordings)


def session_in(transaction: Transaction, id: str, *, by: Caller) -> Recording:
    """The recording behind a session, as a transaction sees it.

    Raises:
        NotFound: there is none that the caller may see.
    """
    recording = transaction.recording(id)
    if recording is None or not finding.is_visible(recording, family=Family.SESSIONS, to=by):
        raise finding.not_found(Family.SESSIONS)
    return recording


def get_session(id: str, *, by: Caller, recordings: Recordings) -> Session:
    """The caller's session with its prompt.

    Raises:
        NotFound: there is none that the caller may see.
    """
    recording = find_session(id, by=by, recordings=recordings)
    return Session(recording, recordings.find_texts([id], PROMPT).get(id, ""))


def list_sessions(*, by: Caller, recordings: Recordings) -> list[Session]:
    """The caller's sessions, the one that changed last first, at most 1,000; costs two reads each."""
    found = recordings.latest(by, Family.SESSIONS, limit=MOST_LISTED)
    prompts = recordings.find_texts([one.id for one in found], PROMPT) if found else {}
    return [Session(one, prompts.get(one.id, "")) for one in found]


def count_sessions(*, by: Caller, recordings: Recordings) -> Stats:
    """The caller's sessions in numbers; costs one read each."""
    found = recordings.latest(by, Family.SESSIONS, limit=MOST_COUNTED)
    details = [details_of(one) for one in found]
    times_ms = [one.processing_ms for recording, one in zip(found, details, strict=True) if _is_complete(recording)]
    return Stats(
        total_sessions=len(found),
        completed_sessions=len(times_ms),
        total_duration_s=sum(one.duration_s for one in details),
        average_processing_ms=round(sum(times_ms) / len(times_ms)) if times_ms else 0,
    )


def create_session(
    new: NewSession, *, by: Caller, once: Once, recordings: Recordings, ids: Ids, clock: Clock
) -> Session:
    """Begin a session that its client tracks: no run, so nothing but PATCH moves it."""
    if once.made is not None:
        return get_session(once.made, by=by, recordings=recordings)
    target = new.agent_target or find_settings(by=by, recordings=recordings).default_agent
    details = SessionDetails(title=new.title, agent_target=target, frame_count=new.frame_count, url_count=new.url_count)
    now = clock.now()

    def attempt(transaction: Transaction) -> Recording:
        recording = begin_session(unused_id(transaction, ids), details, by=by, now=now)
        once.complete(transaction, recording.id, now=now)
        transaction.save(recording)
        return recording

    return Session(recordings.transact(attempt), "")


def begin_session(id: str, details: SessionDetails, *, by: Caller, now: datetime) -> Recording:
    """A new session, being processed."""
    recording = Recording(
        id=id,
        family=Family.SESSIONS,
        tenant_id=by.tenant_id,
        user_id=by.user_id,
        state=State.PROCESSING,
        created_at=now,
        updated_at=now,
        details=to_plain(details),
    )
    return lifecycle.begin(recording, origin=Origin(actor=by.actor))


def unused_id(transaction: Transaction, ids: Ids) -> str:
    """An id that no session has or had."""
    while True:
        id = f"sess_{ids.code(8)}"
        if transaction.recording(id) is None and transaction.tombstone(id) is None and transaction.grant(id) is None:
            return id


def update_session(id: str, change: SessionChange, *, by: Caller, recordings: Recordings, now: datetime) -> Session:
    """Change what was sent, and nothing else.

    Raises:
        NotFound: there is no such session.
        RunUnderWay: the status was to be set while the session is being processed.
    """

    def attempt(transaction: Transaction) -> Session:
        recording = session_in(transaction, id, by=by)
        run = transaction.run(recording.current_run) if recording.current_run else None
        text = transaction.text(id, PROMPT)
        changed = replace(recording, details=_changed(recording.details, change.values), updated_at=now)
        if change.status is not None:
            changed = _with_status(changed, run, change.status, by=by, now=now)
        if change.prompt is not None:
            text = Text(recording_id=id, name=PROMPT, content=change.prompt)
            transaction.save(text)
        transaction.save(changed)
        return Session(changed, text.content if text else "")

    return recordings.transact(attempt)


def find_settings(*, by: Caller, recordings: Recordings) -> AccountSettings:
    """What the caller has chosen, and the defaults of the rest."""
    found = recordings.find_preferences(preferences_id(Family.SESSIONS, by))
    return from_plain(found.chosen, AccountSettings) if found else AccountSettings()


def update_settings(changes: Mapping[str, Any], *, by: Caller, recordings: Recordings) -> AccountSettings:
    """Change what was sent, and nothing else."""
    id = preferences_id(Family.SESSIONS, by)

    def attempt(transaction: Transaction) -> AccountSettings:
        found = transaction.preferences(id)
        chosen = {**(found.chosen if found else {}), **changes}
        transaction.save(Preferences(id=id, chosen=chosen))
        return from_plain(chosen, AccountSettings)

    return recordings.transact(attempt)


def find_run(recording: Recording, *, recordings: Recordings) -> Run | None:
    """The run of a session, None where its client tracks it."""
    return recordings.find_run(recording.current_run) if recording.current_run else None


def _changed(details: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    return to_plain(from_plain({**details, **values}, SessionDetails))


def _with_status(recording: Recording, run: Run | None, status: str, *, by: Caller, now: datetime) -> Recording:
    if run is not None and run.state is RunState.LIVE:
        raise RunUnderWay
    state = STATE_OF_STATUS[status]
    if state is recording.state:
        return recording
    return lifecycle.override(recording, state, now=now, origin=Origin(actor=by.actor))


def _is_complete(recording: Recording) -> bool:
    return recording.state is State.READY
