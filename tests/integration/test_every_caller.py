"""Every endpoint, called by nobody and by strangers: the one learns nothing, the others change nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import requests

from shared import ports
from shared.edge.declarations import Endpoint
from shared.structs import replace
from shared.wiring import wired
from tests.integration.every_endpoint import (
    ENDPOINTS,
    Ids,
    Person,
    call,
    kind_of,
    methods_of,
    new_person,
    parameters_of,
    seen,
    url_of,
    well_formed,
)
from tests.integration.every_resource import BELONGS_TO, RESOURCES
from tests.integration.platform import TIMEOUT_S, RunningPlatform

#: By kind, the ids of one resource of each.
Belongings = Mapping[str, Ids]

#: Leave to upload shows nowhere before it has been used.
UNSEEN = {"sessions_create_upload"}

guarded_endpoint = pytest.mark.parametrize(
    "endpoint", [one for one in ENDPOINTS if one.needs_caller], ids=lambda one: one.name
)


@dataclass(frozen=True)
class Standing:
    """Somebody whose things nobody may touch, and everything that they see; made once, for no test changes it."""

    owner: Person
    belongings: Belongings
    view: dict[str, Any]


@pytest.fixture
def owner(platform: RunningPlatform) -> Person:
    return new_person(platform)


@pytest.fixture
def belongings(owner: Person) -> Belongings:
    return belongings_of(owner)


@pytest.fixture(scope="module")
def standing(platform: RunningPlatform) -> Standing:
    owner = new_person(platform)
    belongings = belongings_of(owner)
    return Standing(owner, belongings, view_of(owner, belongings))


@pytest.fixture(scope="module")
def strangers(platform: RunningPlatform, standing: Standing) -> Mapping[str, list[Person]]:
    """By whose the resources of a family are, everybody to whom they are not."""
    stranger = new_person(platform, user=standing.owner.user)
    return {"tenant": [stranger], "user": [stranger, new_person(platform, tenant=standing.owner.tenant, user="bob")]}


def belongings_of(owner: Person) -> Belongings:
    """One of everything, so that no list of the owner is empty."""
    return {kind: resource.make(owner) for kind, resource in RESOURCES.items()}


def ids_of(endpoint: Endpoint, belongings: Belongings) -> Ids:
    parameters = parameters_of(endpoint)
    return belongings[kind_of(endpoint, parameters[-1])] if parameters else {}


def is_making(endpoint: Endpoint) -> bool:
    """Whether it makes something of its own, and not within what has one owner and a state already."""
    return endpoint.creates and not endpoint.params


def success_of(endpoint: Endpoint) -> int:
    """The status of what goes well when nobody waits for what comes of it."""
    return 202 if endpoint.waits else endpoint.status


def view_of(owner: Person, belongings: Belongings) -> dict[str, Any]:
    """Everything that the owner can read, but for the signatures of URLs; and what is stored of it."""
    reading = [one for one in ENDPOINTS if one.method == "GET"]
    answers = {one.name: seen(call(one, owner, ids_of(one, belongings))) for one in reading}
    shown = {name: (status, re.sub(r'\?[^"]*', "", text)) for name, (status, _, text) in answers.items()}
    ids = {id for ids in belongings.values() for id in ids.values()}
    return {**shown, **{id: wired(ports.Recordings).find(id) for id in ids}}


@guarded_endpoint
def test_nobody_gets_nothing_and_learns_nothing(standing: Standing, endpoint: Endpoint) -> None:
    parameters, owner = parameters_of(endpoint), standing.owner
    known = ids_of(endpoint, standing.belongings)
    unknown = {name: RESOURCES[kind_of(endpoint, name)].unknown() for name in parameters}
    malformed = dict.fromkeys(parameters, "%00")
    send = partial(requests.request, timeout=TIMEOUT_S, allow_redirects=False)
    nobody = replace(owner, key=None)

    for method in methods_of(endpoint):
        answers = [call(endpoint, nobody, ids, method=method) for ids in (known, unknown, malformed)]
        answers += [send(method, url_of(endpoint, owner.url, ids)) for ids in (known, unknown, malformed)]

        assert [answer.status_code for answer in answers] == [401] * 6
        assert [seen(answer) for answer in answers] == [seen(answers[0])] * 6
        assert all(answer.headers["WWW-Authenticate"] == "Bearer" for answer in answers)


@pytest.mark.parametrize("family", BELONGS_TO)
def test_strangers_change_nothing(standing: Standing, strangers: Mapping[str, list[Person]], family: str) -> None:
    """Whatever they ask of a family's endpoints; all of them, since it takes long to look at everything."""
    asked = [endpoint for endpoint in ENDPOINTS if endpoint.family.name == family]
    assert asked

    for endpoint in asked:
        ids, request = ids_of(endpoint, standing.belongings), well_formed(endpoint, full_body=True)
        for stranger in strangers[BELONGS_TO[family]]:
            for method in methods_of(endpoint):
                call(endpoint, stranger, ids, method=method, **request)

    assert view_of(standing.owner, standing.belongings) == standing.view


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if is_making(one)], ids=lambda one: one.name)
def test_a_strangers_idempotency_key_is_another_though_it_is_the_same(
    platform: RunningPlatform, owner: Person, belongings: Belongings, endpoint: Endpoint
) -> None:
    stranger, headers = new_person(platform, user=owner.user), {"Idempotency-Key": str(uuid4())}
    ids = ids_of(endpoint, belongings)

    mine, theirs, replayed = (call(endpoint, person, ids, headers=headers) for person in (owner, stranger, owner))

    assert [answer.status_code for answer in (mine, theirs, replayed)] == [success_of(endpoint)] * 3
    assert "Idempotency-Replayed" not in theirs.headers
    assert theirs.text != mine.text
    assert replayed.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    "endpoint",
    [one for one in ENDPOINTS if (is_making(one) or one.method == "DELETE") and one.name not in UNSEEN],
    ids=lambda one: one.name,
)
def test_the_owners_view_would_show_a_change(owner: Person, belongings: Belongings, endpoint: Endpoint) -> None:
    """So that a view that stays the same says something."""
    before = view_of(owner, belongings)

    answer = call(endpoint, owner, ids_of(endpoint, belongings))

    assert answer.status_code == success_of(endpoint), answer.text
    assert view_of(owner, belongings) != before
