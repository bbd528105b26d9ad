"""The ports of the rooms family in memory: the data layer, and a meeting service that tests can steer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from shared.errors import InvalidRequest
from shared.ports.meetings import (
    LIVE_STATES,
    MeetingRefused,
    MeetingUnavailable,
    ProviderRecording,
    ProviderState,
)
from shared.ports.rooms import RoomsTransaction
from shared.recordings.codec import to_plain
from shared.recordings.recording import Family, Recording, State
from shared.rooms.domain import (
    DeletedRecording,
    Delivery,
    ProviderLink,
    ProviderThing,
    ReceivedWebhook,
    Room,
    RoomConfig,
    RoomRecordingDetails,
    RoomStatus,
    Tenant,
)
from shared.rooms.reading import details_of
from shared.structs import replace
from tests.unit import examples, fakes
from tests.unit.examples import ANNA, World
from tests.unit.fakes import START, FakeClock, FakeRecordings, FakeTransaction

Result = TypeVar("Result")
Entity = TypeVar("Entity", Room, Recording, Delivery)

ROOM_ID = "room_aaaaaaaaaaaa0001"
MEETING_ID = "00000000-0000-4000-8000-00000000000a"
ADA = replace(ANNA, user_id="ada", role="admin")  #: the administrator of Anna's tenant


def room(**changes: Any) -> Room:
    """A room of Anna's tenant."""
    made = Room(
        id=ROOM_ID,
        tenant_id=ANNA.tenant_id,
        name="Algebra",
        config=RoomConfig(),
        meeting_id=MEETING_ID,
        created_at=START,
        updated_at=START,
    )
    return replace(made, **changes)


def room_recording(state: State, *, id: str = "rec_aaaaaaaaaaaa0001", **details: Any) -> Recording:
    """A recording of that room, of that state; `details` are the family's facts of it."""
    facts = RoomRecordingDetails(room_id=ROOM_ID, room_name="Algebra", meeting_id=MEETING_ID)
    plain = to_plain(replace(facts, **details))
    return examples.recording(id=id, family=Family.ROOMS, state=state, details=plain)


class FakeRoomsTransaction(FakeTransaction):
    """A transaction that also sees rooms."""

    def room(self, id: str) -> Room | None:
        return self._read(Room, id)

    def tenant(self, id: str) -> Tenant | None:
        return self._read(Tenant, id)

    def link(self, thing: ProviderThing, provider_id: str) -> ProviderLink | None:
        return self._read(ProviderLink, f"{thing}.{provider_id}")

    def deleted(self, id: str) -> DeletedRecording | None:
        return self._read(DeletedRecording, id)

    def delivery(self, id: str) -> Delivery | None:
        return self._read(Delivery, id)

    def received(self, id: str) -> ReceivedWebhook | None:
        return self._read(ReceivedWebhook, id)


class FakeRooms(FakeRecordings):
    """The data layer of rooms in a dictionary."""

    view = FakeRoomsTransaction

    def transact(self, work: Callable[[RoomsTransaction], Result]) -> Result:
        return super().transact(cast("Callable[[Any], Result]", work))

    def find_room(self, id: str) -> Room | None:
        return self._get(Room, id)

    def find_tenant(self, id: str) -> Tenant | None:
        return self._get(Tenant, id)

    def find_link(self, thing: ProviderThing, provider_id: str) -> ProviderLink | None:
        return self._get(ProviderLink, f"{thing}.{provider_id}")

    def find_deleted(self, id: str) -> DeletedRecording | None:
        return self._get(DeletedRecording, id)

    def find_delivery(self, id: str) -> Delivery | None:
        return self._get(Delivery, id)

    def rooms_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Room]:
        return self._slice(self._seen_rooms(tenant_id), limit, offset)

    def count_rooms(self, tenant_id: str) -> int:
        return len(self._seen_rooms(tenant_id))

    def rooms_of(self, tenant_id: str, *, after: str, limit: int) -> list[Room]:
        found = [one for one in self.all_of(Room) if one.tenant_id == tenant_id and one.id > after]
        return sorted(found, key=lambda one: one.id)[:limit]

    def recordings_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Recording]:
        return self._slice(self._recordings_of(tenant_id), limit, offset)

    def count_recordings(self, tenant_id: str) -> int:
        return len(self._recordings_of(tenant_id))

    def rooms_to_sync(self, before: datetime, *, limit: int) -> list[Room]:
        return fakes._due(self.all_of(Room), lambda one: one.sync_at, before, limit)

    def open_recordings(self, room_id: str) -> list[Recording]:
        found = [one for one in self._of_rooms() if one.state in (State.CAPTURING, State.PROCESSING)]
        mine = [one for one in found if details_of(one).room_id == room_id]
        return sorted(mine, key=lambda one: one.created_at)

    def recordings_to_look_at(self, state: State, before: datetime, *, limit: int) -> list[Recording]:
        found = [one for one in self._of_rooms() if one.state is state]
        return fakes._due(found, lambda one: details_of(one).look_at, before, limit)

    def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        return sorted((one for one in self.all_of(Tenant) if one.id > after), key=lambda one: one.id)[:limit]

    def ended_recordings(
        self, tenant_id: str, *, state: State | None, before: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[Recording]:
        ended = [
            (at, one.id, one)
            for one in self._recordings_of(tenant_id)
            if (at := details_of(one).ended_at) and at <= before and (state is None or one.state is state)
        ]
        behind = [(at, id, one) for at, id, one in ended if after is None or (at, id) > after]
        return [one for _, _, one in sorted(behind, key=lambda found: found[:2])[:limit]]

    def deleted_recordings(self, tenant_id: str, before: datetime, *, limit: int) -> list[DeletedRecording]:
        found = [one for one in self.all_of(DeletedRecording) if one.tenant_id == tenant_id and one.has_files]
        return fakes._due(found, lambda one: one.ended_at, before, limit)

    def deliveries_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Delivery]:
        return self._slice([one for one in self.all_of(Delivery) if one.tenant_id == tenant_id], limit, offset)

    def count_deliveries(self, tenant_id: str) -> int:
        return sum(one.tenant_id == tenant_id for one in self.all_of(Delivery))

    def overdue_deliveries(self, before: datetime, *, limit: int) -> list[Delivery]:
        return fakes._due(self.all_of(Delivery), lambda one: one.next_attempt_at, before, limit)

    def recordings_in_order(self, *, after: str, limit: int) -> Sequence[Recording]:
        return sorted((one for one in self._of_rooms() if one.id > after), key=lambda one: one.id)[:limit]

    def _of_rooms(self) -> list[Recording]:
        return [one for one in self.all_of(Recording) if one.family is Family.ROOMS]

    def _recordings_of(self, tenant_id: str) -> list[Recording]:
        return [one for one in self._of_rooms() if one.tenant_id == tenant_id]

    def _seen_rooms(self, tenant_id: str) -> list[Room]:
        seen = [one for one in self.all_of(Room) if one.status is not RoomStatus.DELETED]
        return [one for one in seen if one.tenant_id == tenant_id]

    def _slice(self, found: list[Entity], limit: int, offset: int) -> list[Entity]:
        newest_first = sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[: offset + limit]
        self.reads += len(newest_first)
        return newest_first[offset:]


@dataclass
class FakeMeeting:
    """One meeting at the service, and what was recorded of it, oldest first."""

    title: str
    record_on_start: bool
    is_active: bool = True
    recordings: list[str] = field(default_factory=list)


class FakeMeetings:
    """A meeting service whose recordings go on when a test says so.

    Faults: `refuse()`, `fail()` and `lose_answer()` are about the next call alone; `is_down` about all.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.meetings: dict[str, FakeMeeting] = {}
        self.recordings: dict[str, ProviderRecording] = {}
        self.asked: list[str] = []  #: the methods that were called, in their order
        self.limits: list[int] = []  #: `max_seconds` of every start
        self.is_down = False
        self._clock = clock
        self._fault: str | None = None
        self._during: list[Callable[[], object]] = []

    def refuse(self) -> None:
        """Let the next call be refused."""
        self._fault = "refuse"

    def fail(self) -> None:
        """Let the next call fail without effect."""
        self._fault = "fail"

    def lose_answer(self) -> None:
        """Let the next call arrive and its answer be lost."""
        self._fault = "lose"

    def during_next_call(self, other: Callable[[], object]) -> None:
        """Let `other` happen when the next call has had its effect, before its answer arrives."""
        self._during.append(other)

    def create_meeting(self, title: str, *, record_on_start: bool) -> str:
        def create() -> str:
            id = f"00000000-0000-4000-8000-{len(self.meetings) + 1:012d}"
            self.meetings[id] = FakeMeeting(title, record_on_start)
            return id

        return self._call("create_meeting", create)

    def update_meeting(
        self,
        meeting_id: str,
        *,
        title: str | None = None,
        record_on_start: bool | None = None,
        is_active: bool | None = None,
    ) -> None:
        def update() -> None:
            meeting = self._meeting(meeting_id)
            meeting.title = meeting.title if title is None else title
            meeting.record_on_start = meeting.record_on_start if record_on_start is None else record_on_start
            meeting.is_active = meeting.is_active if is_active is None else is_active

        self._call("update_meeting", update)

    def start_recording(self, meeting_id: str, *, max_seconds: int, file_name_prefix: str) -> ProviderRecording:
        def start() -> ProviderRecording:
            if not self._meeting(meeting_id).is_active or self._active(meeting_id):
                raise MeetingRefused("the meeting service refused (409)")
            return self.begin(meeting_id, file_name=f"{file_name_prefix}.mp4")

        self.limits.append(max_seconds)
        return self._call("start_recording", start)

    def stop_recording(self, recording_id: str) -> ProviderRecording | None:
        def stop() -> ProviderRecording | None:
            found = self.recordings.get(recording_id)
            if found is None or found.state not in LIVE_STATES:
                return found
            return self.advance(recording_id, ProviderState.UPLOADING)

        return self._call("stop_recording", stop)

    def find_recording(self, recording_id: str) -> ProviderRecording | None:
        return self._call("find_recording", lambda: self.recordings.get(recording_id))

    def active_recording(self, meeting_id: str) -> ProviderRecording | None:
        return self._call("active_recording", lambda: self._active(meeting_id))

    def recordings_of(self, meeting_id: str, *, since: datetime | None = None) -> Sequence[ProviderRecording]:
        def find() -> Sequence[ProviderRecording]:
            found = [self.recordings[id] for id in self._meeting(meeting_id).recordings if id in self.recordings]
            return [one for one in found if since is None or one.invoked_at is None or one.invoked_at >= since]

        return self._call("recordings_of", find)

    def begin(self, meeting_id: str, **facts: Any) -> ProviderRecording:
        """Begin a recording at the service, as a start does, or a participant where all meetings are recorded."""
        meeting = self._meeting(meeting_id)
        now = self._clock.now()
        id = f"11111111-0000-4000-8000-{len(self.recordings) + 1:012d}"
        begun = ProviderRecording(id=id, state=ProviderState.INVOKED, invoked_at=now, started_at=now)
        self.recordings[id] = replace(begun, **facts)
        meeting.recordings.append(id)
        return self.recordings[id]

    def advance(self, recording_id: str, state: ProviderState, **facts: Any) -> ProviderRecording:
        """Let a recording be in that state, with what the service knows then."""
        before, now = self.recordings[recording_id], self._clock.now()
        known: dict[str, Any] = {}
        if state not in LIVE_STATES:
            known["stopped_at"] = before.stopped_at or now
        if state is ProviderState.UPLOADED:
            known |= {
                "duration_seconds": 60.0,
                "size_bytes": 1_000_000,
                "download_url": f"https://files.example/{recording_id}.mp4?token=secret",
                "download_url_expires_at": now + timedelta(days=7),
            }
        self.recordings[recording_id] = replace(before, state=state, **(known | facts))
        return self.recordings[recording_id]

    def forget(self, recording_id: str) -> None:
        """Let the service know nothing of a recording, as after its 7 days."""
        del self.recordings[recording_id]

    def live(self) -> Mapping[str, ProviderRecording]:
        """The recordings that are under way."""
        return {id: one for id, one in self.recordings.items() if one.state in LIVE_STATES}

    def _meeting(self, id: str) -> FakeMeeting:
        return self.meetings.setdefault(id, FakeMeeting("Algebra", record_on_start=False))

    def _active(self, meeting_id: str) -> ProviderRecording | None:
        live = self.live()
        return next((live[id] for id in reversed(self._meeting(meeting_id).recordings) if id in live), None)

    def _call(self, method: str, work: Callable[[], Result]) -> Result:
        self.asked.append(method)
        fault, self._fault = self._fault, None
        if fault == "refuse":
            raise MeetingRefused("the meeting service refused (400)")
        if fault == "fail" or self.is_down:
            raise MeetingUnavailable("the meeting service answered 503")
        result = work()
        if self._during:
            self._during.pop(0)()
        if fault == "lose":
            raise MeetingUnavailable("the meeting service did not answer in time")
        return result


class FakeSealing:
    """Sealing that anybody could open, but that nobody mistakes for the text."""

    def seal(self, text: str) -> str:
        return f"sealed:{text[::-1]}"

    def open(self, sealed: str) -> str:
        return sealed.removeprefix("sealed:")[::-1]


class FakeGuard:
    """A network in which everything is public but for the hosts that a test names."""

    def __init__(self) -> None:
        self.private: set[str] = set()

    def check(self, url: str) -> None:
        if any(host in url for host in self.private):
            raise InvalidRequest("the address is private")


@dataclass
class RoomWorld(World):
    """Every port that rooms need, in memory."""

    rooms: FakeRooms = field(default_factory=FakeRooms)
    sealing: FakeSealing = field(default_factory=FakeSealing)
    guard: FakeGuard = field(default_factory=FakeGuard)
    meetings: FakeMeetings = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.recordings = self.rooms
        self.meetings = FakeMeetings(self.clock)

    def room(self, id: str = ROOM_ID) -> Room:
        """The room as it is stored now."""
        found = self.rooms.find_room(id)
        assert found is not None
        return found
