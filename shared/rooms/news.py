"""What the provider's news makes of a recording: a table, and the facts that come with it.

    news \\ ours   capturing                       processing                    ready, archived, failed
    live          –                               –                             –
    UPLOADING     stopped → processing            –                             –
    UPLOADED      stopped → processing, import    import, if none was begun     –
    ERRORED       gave_up → failed                gave_up → failed, unless      –
                                                  an import is under way

News may be late, come again or in another order than it was made in: it never moves a recording back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.ports.meetings import LIVE_STATES, ProviderRecording, ProviderState
from shared.recordings import lifecycle
from shared.recordings.codec import to_plain
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.recording import NOBODY, Failure, Family, Recording, State
from shared.recordings.runs import Run, start_run
from shared.rooms.domain import STALLED_AFTER, Room, RoomRecordingDetails
from shared.rooms.reading import details_of
from shared.structs import replace

IMPORT = "room_import"
#: The provider, or its caller, may still change these.
OPEN = frozenset({State.CAPTURING, State.PROCESSING})
PROVIDER_ERRORED = Failure(code="provider_errored", message="RealtimeKit could not record the meeting.")
START_LOST = Failure(code="start_lost", message="RealtimeKit did not answer the start, and knows of no recording.")
PROVIDER_LOST = Failure(code="provider_lost", message="RealtimeKit does not know this recording any more.")
PROVIDER_EXPIRED = Failure(code="provider_expired", message="RealtimeKit's copy was deleted before it was imported.")
#: By so much may the provider's clock be behind ours.
_CLOCK_SKEW = timedelta(minutes=1)


def began_at(found: ProviderRecording) -> datetime | None:
    """When the provider began it, as far as it says."""
    return found.invoked_at or found.started_at


def is_reservation(recording: Recording) -> bool:
    """Whether this is a start whose outcome is not known yet."""
    return recording.state is State.CAPTURING and details_of(recording).provider_id is None


def answers(found: ProviderRecording, reservation: Recording) -> bool:
    """Whether this may be what a start has begun: it is under way, or it began after the start."""
    began = began_at(found)
    return found.state in LIVE_STATES or (began is not None and began >= reservation.created_at - _CLOCK_SKEW)


def begin(id: str, room: Room, *, is_live: bool, origin: Origin, now: datetime) -> Recording:
    """A recording that began without us."""
    look_at = None if is_live else now + STALLED_AFTER
    details = RoomRecordingDetails(room_id=room.id, room_name=room.name, meeting_id=room.meeting_id, look_at=look_at)
    recording = Recording(
        id=id,
        family=Family.ROOMS,
        tenant_id=room.tenant_id,
        user_id=NOBODY,
        state=State.CAPTURING if is_live else State.PROCESSING,
        created_at=now,
        updated_at=now,
        details=to_plain(details),
    )
    return lifecycle.begin(recording, origin=origin)


def adopt(recording: Recording, found: ProviderRecording, *, now: datetime) -> Recording:
    """The recording as the one that the provider knows by this id; a start has been answered."""
    details = details_of(recording)
    look_at = None if recording.state is State.CAPTURING else details.look_at
    return _with(recording, replace(details, provider_id=found.id, start_deadline=None, look_at=look_at), now)


def hear(
    recording: Recording, found: ProviderRecording, *, is_importing: bool, origin: Origin, now: datetime
) -> Recording:
    """The recording after this news; the same one where there is nothing new in it."""
    if recording.state not in OPEN:
        return recording
    recording = _with(recording, _learn(details_of(recording), found), now)
    if found.state is ProviderState.ERRORED:
        return recording if is_importing else fail(recording, PROVIDER_ERRORED, origin=origin, now=now)
    if found.state not in LIVE_STATES and recording.state is State.CAPTURING:
        return stop(recording, origin=origin, now=now)
    return recording


def miss(recording: Recording, *, look_at: datetime, now: datetime) -> Recording:
    """A start that the provider knew nothing of, once more; it is looked at again then."""
    details = details_of(recording)
    return _with(recording, replace(details, start_misses=details.start_misses + 1, look_at=look_at), now)


def stop(recording: Recording, *, origin: Origin, now: datetime) -> Recording:
    """A live recording once it has stopped: its file is on its way."""
    moved, details = lifecycle.apply(recording, Cause.STOPPED, origin=origin, now=now), details_of(recording)
    stopped_at = details.stopped_at or now
    stopped = replace(
        details, stopped_at=stopped_at, ended_at=stopped_at, start_deadline=None, look_at=now + STALLED_AFTER
    )
    return _with(moved, stopped, now)


def fail(recording: Recording, failure: Failure, *, origin: Origin, now: datetime) -> Recording:
    """An open recording of which nothing will come."""
    moved = lifecycle.apply(recording, Cause.GAVE_UP, origin=origin, now=now, failure=failure)
    details = details_of(recording)
    ended_at = details.ended_at or details.stopped_at or now
    return _with(moved, replace(details, ended_at=ended_at, start_deadline=None, look_at=None), now)


def begin_import(recording: Recording, run_id: str, *, origin: Origin, now: datetime) -> tuple[Recording, Run]:
    """A processing recording whose file is to be fetched, and the run that fetches it."""
    run = start_run(run_id, recording.id, IMPORT, source=None, now=now)
    moved = lifecycle.apply(recording, Cause.NEW_RUN, origin=origin, now=now)
    details = replace(details_of(moved), look_at=now + STALLED_AFTER)
    return replace(moved, current_run=run.id, details=to_plain(details)), run


def _learn(details: RoomRecordingDetails, found: ProviderRecording) -> RoomRecordingDetails:
    """The facts as far as they are known now; what an earlier answer said is kept where this one says nothing."""
    is_live = found.state in LIVE_STATES
    stopped_at = details.stopped_at if is_live else found.stopped_at or details.stopped_at
    return replace(
        details,
        started_at=found.started_at or details.started_at or found.invoked_at,
        stopped_at=stopped_at,
        ended_at=details.ended_at or (None if is_live else stopped_at),
        duration_seconds=details.duration_seconds if found.duration_seconds is None else found.duration_seconds,
        size_bytes=details.size_bytes if found.size_bytes is None else found.size_bytes,
    )


def _with(recording: Recording, details: RoomRecordingDetails, now: datetime) -> Recording:
    if details == details_of(recording):
        return recording
    return replace(recording, details=to_plain(details), updated_at=now)
