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
from shared.wiring import wired
from tests.integration.every_endpoint import ENDPOINTS, Ids, Person, kind_of, parameters_of
from tests.integration.feedback_left import analyze_in_a_moment
from tests.integration.sessions_stored import complete_session

Owner = Literal["tenant", "user"]

#: Whose the resources of a family are.
BELONGS_TO: Mapping[str, Owner] = {"capture": "tenant", "feedback": "user", "sessions": "user"}


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


def new_code(prefix: str) -> str:
    return f"{prefix}_{wired(ports.Ids).code(8)}"


#: By the mounted path up to and with the parameter.
RESOURCES: Mapping[str, Resource] = {
    "/capture/api/v1/recordings/{id}": Resource(make=make_capture, unknown=lambda: str(uuid4())),
    "/feedback/api/feedback/recordings/{id}": Resource(make=make_feedback, unknown=lambda: str(uuid4())),
    "/sessions/api/sessions/{id}": Resource(make=make_session, unknown=lambda: new_code("sess")),
    "/sessions/api/sessions/{id}/frames/{frame_id}": Resource(
        make=make_frame, unknown=lambda: new_code("frm"), is_recording=False
    ),
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
