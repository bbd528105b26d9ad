"""Every endpoint that names something, with every kind of id that is not the caller's to name: there is nothing.

Made from the declarations: an endpoint that is added is covered at once, a new kind of id as soon as it can be made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from uuid import uuid4

import pytest

from shared import ports
from shared.edge.bodies import parse_body
from shared.edge.declarations import Endpoint
from shared.edge.families import FAMILIES
from shared.recordings.recording import Family, Recording
from shared.structs import replace
from shared.wiring import wired
from tests.integration.every_endpoint import (
    ENDPOINTS,
    Ids,
    Person,
    Seen,
    call,
    every_endpoint,
    kind_of,
    methods_of,
    new_person,
    parameters_of,
    seen,
    well_formed,
)
from tests.integration.every_resource import BELONGS_TO, RESOURCES, Resource, delete_endpoint, resource_of
from tests.integration.platform import RunningPlatform
from tests.integration.stored import recording_of

#: A colleague may know that a recording is claimed: the contract says so, and `test_feedback_contract.py` tests it.
TELLS_COLLEAGUES = {"feedback_claim_recording"}


class Place(NamedTuple):
    """One parameter of one endpoint's path."""

    endpoint: Endpoint
    parameter: str

    @property
    def kind(self) -> str:
        return kind_of(self.endpoint, self.parameter)

    @property
    def whole_kind(self) -> str:
        return kind_of(self.endpoint, parameters_of(self.endpoint)[-1])

    @property
    def whole(self) -> Resource:
        """What the path names in the end; it is made with everything on the way."""
        return RESOURCES[self.whole_kind]

    def __str__(self) -> str:
        return f"{self.endpoint.name}({self.parameter})"

    def __hash__(self) -> int:
        return hash(str(self))


@dataclass(frozen=True)
class People:
    owner: Person
    colleague: Person  #: another user of the owner's tenant
    stranger: Person  #: of another tenant, under the owner's name


@pytest.fixture(scope="module")
def people(platform: RunningPlatform) -> Iterator[People]:
    """Who asks. What was copied to families that could not read it is gone again afterwards."""
    owner = new_person(platform)
    yield People(owner, new_person(platform, tenant=owner.tenant, user="bob"), new_person(platform, user=owner.user))
    for copy in COPIES:
        wired(ports.Recordings).transact(lambda transaction, copy=copy: transaction.remove(copy))


Impostor = Callable[[Place, People], str]


@cache
def one_of(kind: str, owner: Person) -> Ids:
    """One resource for all tests that must not reach it: who does is not told, and changes nothing."""
    return RESOURCES[kind].make(owner)


def made_by_the_stranger(place: Place, people: People) -> str:
    return one_of(place.whole_kind, people.stranger)[place.parameter]


def made_by_the_colleague(place: Place, people: People) -> str:
    return one_of(place.whole_kind, people.colleague)[place.parameter]


def deleted(place: Place, people: People) -> str:
    """The id of what the owner had until a moment ago."""
    return one_deleted(place.kind, place.whole_kind, people.owner)[place.parameter]


@cache
def one_deleted(kind: str, whole_kind: str, owner: Person) -> Ids:
    delete = delete_endpoint(kind)
    assert delete is not None
    ids = RESOURCES[whole_kind].make(owner)
    answer = call(delete, owner, {name: ids[name] for name in parameters_of(delete)})
    assert answer.status_code in (200, 204), answer.text
    return ids


def copied_to(family: Family) -> Impostor:
    def copied(place: Place, people: People) -> str:
        """A recording of the owner's that differs from one they may see in its family alone."""
        return one_copy(place.kind, one_of(place.whole_kind, people.owner)[place.parameter], family)

    return copied


COPIES: list[Recording] = []


def copy_of(kind: str, id: str, family: Family) -> str:
    copy = replace(recording_of(id), id=RESOURCES[kind].unknown(), family=family)
    wired(ports.Recordings).transact(lambda transaction: transaction.save(copy))
    COPIES.append(copy)
    return copy.id


one_copy = cache(copy_of)


def made_as(kind: str) -> Impostor:
    parameter = kind.rpartition("{")[2].removesuffix("}")
    return lambda place, people: one_of(kind, people.owner)[parameter]


def impostors(place: Place) -> Iterator[tuple[str, Impostor]]:
    """Every way to come by a good id that stands for nothing in this place."""
    yield "of another tenant", made_by_the_stranger
    if BELONGS_TO.get(place.endpoint.family.name) == "user" and place.endpoint.name not in TELLS_COLLEAGUES:
        yield "of another user", made_by_the_colleague
    if delete_endpoint(place.kind):
        yield "deleted", deleted
    if RESOURCES[place.kind].is_recording:
        families = (family for family in Family if family != place.endpoint.family.name)
        yield from ((f"of a recording in {family}", copied_to(family)) for family in families)
    yield from ((f"of {kind}", made_as(kind)) for kind in RESOURCES if kind != place.kind)


#: What becomes of a good id, as it stands in a URL. No slash and no line break: with the one the path would be another,
#: with the other the framework answers 404 by itself, in words of its own.
MANGLED: dict[str, Callable[[str], str]] = {
    "a number": lambda _: "7",
    "a word": lambda _: "null",
    "a UUID of nothing": lambda _: str(uuid4()),
    "an id of the sessions": lambda _: "sess_AB12CD34",
    "an id of the rooms": lambda _: "rec_ab12cd34ef56",
    "a reserved name": lambda _: "__id__",
    "a template": lambda _: "%7Bid%7D",
    "a NUL": lambda _: "%00",
    "a dot": lambda _: "%2E%20",
    "not UTF-8": lambda _: "%FF%FE",
    "endless": lambda _: "a" * 5_000,
    "without separators": lambda id: id.replace("-", "").replace("_", ""),
    "in braces": lambda id: f"%7B{id}%7D",
    "behind a space": lambda id: f"%20{id}",
    "before a space": lambda id: f"{id}%20",
    "before a NUL": lambda id: f"{id}%00",
    "cut short": lambda id: id[:-1],
    "one longer": lambda id: f"{id}0",
    "twice": lambda id: f"{id},{id}",
    "in wide letters": lambda id: "".join(chr(ord(one) + 0xFEE0) if one.isalnum() else one for one in id),
}

PLACES = [Place(endpoint, parameter) for endpoint in ENDPOINTS for parameter in parameters_of(endpoint)]
#: Those that are left out are named by a test of their own.
KNOWN_PLACES = [place for place in PLACES if {place.kind, place.whole_kind} <= RESOURCES.keys()]
CASES = [pytest.param(place, make, id=f"{place}-{name}") for place in KNOWN_PLACES for name, make in impostors(place)]

every_place = pytest.mark.parametrize("place", KNOWN_PLACES, ids=str)


def assert_nothing_is_there(place: Place, people: People, id: str) -> None:
    """Compare what the owner is told of this id with what they are told of one that never was."""
    for method in methods_of(place.endpoint):
        nothing = told_of_nothing(place, people.owner, method)
        assert nothing[0] == 404
        assert told(place, people.owner, id, method) == nothing


def told(place: Place, owner: Person, id: str, method: str) -> Seen:
    own = one_of(place.whole_kind, owner)
    return seen(call(place.endpoint, owner, {**own, place.parameter: id}, method=method))


@cache
def told_of_nothing(place: Place, owner: Person, method: str) -> Seen:
    return told(place, owner, RESOURCES[place.kind].unknown(), method)


@pytest.mark.parametrize(("place", "impostor"), CASES)
def test_an_id_that_is_not_the_callers_is_as_unknown_as_one_that_never_was(
    people: People, place: Place, impostor: Impostor
) -> None:
    assert_nothing_is_there(place, people, impostor(place, people))


@pytest.mark.parametrize("mangle", MANGLED.values(), ids=list(MANGLED))
@every_place
def test_an_id_that_is_none_is_as_unknown_as_one_that_never_was(
    people: People, place: Place, mangle: Callable[[str], str]
) -> None:
    good = one_of(place.whole_kind, people.owner)[place.parameter]

    assert_nothing_is_there(place, people, mangle(good))


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if one.params], ids=lambda one: one.name)
def test_everybody_to_whom_it_belongs_reaches_it(people: People, endpoint: Endpoint) -> None:
    resource = resource_of(endpoint)
    entitled = [people.owner, people.colleague] if BELONGS_TO[endpoint.family.name] == "tenant" else [people.owner]

    answers = [call(endpoint, person, resource.make(people.owner)).status_code for person in entitled]

    assert answers == [answers[0]] * len(entitled)
    assert answers[0] not in (401, 403, 404)


@pytest.mark.parametrize(
    "place", [one for one in KNOWN_PLACES if one.whole.is_recording and one.kind == one.whole_kind], ids=str
)
def test_a_copy_in_its_own_family_is_there(people: People, place: Place) -> None:
    """So that a copy in another family is missing for its family alone."""
    original = one_of(place.whole_kind, people.owner)[place.parameter]
    copy = copy_of(place.kind, original, Family(place.endpoint.family.name))

    answer = call(place.endpoint, people.owner, {place.parameter: copy})

    assert answer.status_code != 404


def test_every_kind_of_id_that_is_declared_can_be_made_and_no_other() -> None:
    assert sorted(RESOURCES) == sorted({place.kind for place in PLACES}), "see every_resource.py"


def test_every_family_says_whose_its_resources_are() -> None:
    assert sorted(BELONGS_TO) == sorted(FAMILIES), "see every_resource.py"


@every_place
def test_an_unknown_id_is_one_of_the_right_style(place: Place) -> None:
    first, second = RESOURCES[place.kind].unknown(), RESOURCES[place.kind].unknown()

    assert first != second
    assert place.endpoint.parse({place.parameter: first}) == {place.parameter: first}


@every_endpoint
def test_a_well_formed_request_can_be_made(platform: RunningPlatform, endpoint: Endpoint) -> None:
    needed = well_formed(endpoint)

    if endpoint.query is not None:
        endpoint.query.model_validate(needed["params"])
    if endpoint.body is not None:
        parse_body(json.dumps(needed["json"]).encode(), endpoint.body)
    if endpoint.signed is not None:
        parse_body(needed["data"], endpoint.signed)
