"""What the parameters of paths name: how each kind of resource is made, and whose it is.

The one list that a new family adds to; `test_every_scope.py` fails as long as a declared parameter is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from shared import ports
from shared.edge.declarations import Endpoint
from shared.ports.files import ColdFiles, FileStore, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.files import StoredFile
from shared.recordings.recording import Recording, State
from shared.rooms.domain import Delivery, DeliveryState, file_key
from shared.structs import replace
from shared.wiring import wired
from tests.integration.every_endpoint import ENDPOINTS, Ids, Person, kind_of, parameters_of
from tests.integration.feedback_left import analyze_in_a_moment
from tests.integration.rooms_provider import hold
from tests.integration.sessions_stored import complete_session
from tests.unit.room_fakes import room_recording

Owner = Literal["tenant", "user"]

#: Whose the resources of a family are.
BELONGS_TO: Mapping[str, Owner] = {"capture": "tenant", "feedback": "user", "rooms": "tenant", "sessions": "user"}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of resource. Everything that its endpoints can do must be possible with what `make` leaves behind."""

    make: Callable[[Person], Ids]  #: makes one and returns all parameters of its path
    unknown: Callable[[], str]  #: a new id of its style
    is_recording: bool = True  #: whether it is kept as a recording, which has a family


def make_capture(owner: Person) -> Ids:
    return {"id": owner.capture().create({"has_video": True})["id"]}


def make_feedback(owner: Person) -> Ids:
    id: str = owner.feedback().create()["recordingId"]
    analyze_in_a_moment(id)
    return {"id": id}


def make_session(owner: Person) -> Ids:
    id = owner.sessions().create()["id"]
    complete_session(id)
    return {"id": id}


def make_frame(owner: Person) -> Ids:
    id = owner.sessions().create()["id"]
    return {"id": id, "frame_id": complete_session(id)[0]}


def make_room(owner: Person) -> Ids:
    """A room that is being recorded; the provider holds it there, so that nothing changes by itself."""
    id: str = owner.rooms().create_room()["id"]
    hold(id, "INVOKED")
    owner.rooms().start(id)
    return {"id": id}


def make_room_recording(owner: Person) -> Ids:
    id: str = owner.rooms().create_room()["id"]
    hold(id, "INVOKED")
    return {"id": owner.rooms().start(id)["id"]}


def make_quiet_room(owner: Person) -> Ids:
    return {"id": owner.rooms().create_room()["id"]}


def make_stopped_recording(owner: Person) -> Ids:
    """A recording whose file the provider keeps to itself."""
    id: str = owner.rooms().create_room()["id"]
    hold(id, "INVOKED", "UPLOADING")
    owner.rooms().start(id)
    return {"id": owner.rooms().stop(id)["id"]}


def make_ready_recording(owner: Person) -> Ids:
    id = new_rooms_id("rec")
    return save_recording(owner, room_recording(State.READY, id=id, file=store_file(wired(HotFiles), id)))


def make_archived_recording(owner: Person) -> Ids:
    id = new_rooms_id("rec")
    return save_recording(owner, room_recording(State.ARCHIVED, id=id, copy=store_file(wired(ColdFiles), id)))


def save_recording(owner: Person, recording: Recording) -> Ids:
    mine = replace(recording, tenant_id=owner.tenant)
    wired(Rooms).transact(lambda transaction: transaction.save(mine))
    return {"id": mine.id}


def store_file(store: FileStore, id: str) -> StoredFile:
    """A small file, where that of the recording belongs."""
    partial = store.begin(file_key(id), content_type="video/mp4")
    return store.complete(partial, (store.put_part(partial, 1, b"a film"),), part_bytes=8 * 1024 * 1024)


def make_delivery(owner: Person) -> Ids:
    delivery = Delivery(
        id=new_rooms_id("dlv"),
        tenant_id=owner.tenant,
        recording_id=new_rooms_id("rec"),
        event="meeting.recording_ready",
        url="https://school.example/hooks",
        created_at=wired(ports.Clock).now(),
        state=DeliveryState.DELIVERED,
    )
    wired(Rooms).transact(lambda transaction: transaction.save(delivery))
    return {"id": delivery.id}


def new_rooms_id(prefix: str) -> str:
    return f"{prefix}_{wired(ports.Ids).code(20).lower()}"


def new_code(prefix: str) -> str:
    return f"{prefix}_{wired(ports.Ids).code(8)}"


#: By the mounted path up to and with the parameter.
RESOURCES: Mapping[str, Resource] = {
    "/capture/api/v1/recordings/{id}": Resource(make=make_capture, unknown=lambda: str(uuid4())),
    "/feedback/api/feedback/recordings/{id}": Resource(make=make_feedback, unknown=lambda: str(uuid4())),
    "/rooms/api/v1/rooms/{id}": Resource(make=make_room, unknown=lambda: new_rooms_id("room"), is_recording=False),
    "/rooms/api/v1/recordings/{id}": Resource(make=make_room_recording, unknown=lambda: new_rooms_id("rec")),
    "/rooms/api/v1/tenants/{id}": Resource(
        make=lambda owner: {"id": owner.tenant}, unknown=lambda: f"tenant-{uuid4().hex[:12]}", is_recording=False
    ),
    "/rooms/api/v1/webhooks/deliveries/{id}": Resource(
        make=make_delivery, unknown=lambda: new_rooms_id("dlv"), is_recording=False
    ),
    "/sessions/api/sessions/{id}": Resource(make=make_session, unknown=lambda: new_code("sess")),
    "/sessions/api/sessions/{id}/frames/{frame_id}": Resource(
        make=make_frame, unknown=lambda: new_code("frm"), is_recording=False
    ),
}


#: What an endpoint needs that takes its resource in one state alone, and leaves it in another.
NEEDS: Mapping[str, Callable[[Person], Ids]] = {
    "rooms_start_recording": make_quiet_room,
    "rooms_stop_recording": make_room,
    "rooms_recover_recording": make_stopped_recording,
    "rooms_archive_recording": make_ready_recording,
    "rooms_restore_recording": make_archived_recording,
}


def delete_endpoint(kind: str) -> Endpoint | None:
    """The endpoint that deletes a resource of this kind, where there is one."""
    deleting = (one for one in ENDPOINTS if one.method == "DELETE" and parameters_of(one))
    return next((one for one in deleting if one.family.mount + one.path == kind), None)


def resource_of(endpoint: Endpoint) -> Resource:
    """What an endpoint's path names in the end.

    Raises:
        KeyError: nobody has said yet how it is made.
    """
    return RESOURCES[kind_of(endpoint, parameters_of(endpoint)[-1])]
