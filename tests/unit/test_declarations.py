"""Declarations: the signature is the contract, and what cannot be bound is refused when the module is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared import ports
from shared.capture.api import CaptureId, ListQuery, NewRecording, RecordingCreated
from shared.edge.declarations import declaration_of, ports_of, read_endpoint
from shared.edge.endpoint import endpoint
from shared.edge.manifest import describe
from shared.edge.openapi import document, failures_of
from shared.errors import Conflict, InvalidRequest, NotFound, TooLarge, TooMany, Unauthorized, Upstream
from shared.ports import Clock, Media, Recordings
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.recordings.visitors import Visitor


def read(handler: Callable[..., Any], route: str = "GET /api/v1/recordings/{id}") -> Any:
    return read_endpoint(handler, route, status=200, raises=())


def capture_get(id: CaptureId, query: ListQuery, caller: Caller, recordings: Recordings, when: Clock) -> None:
    """Return one.

    And say more.
    """


def capture_create(body: NewRecording, caller: Caller, once: Once) -> RecordingCreated:
    raise NotImplementedError


def test_everything_is_read_off_the_signature() -> None:
    spec = read(capture_get)

    assert (spec.name, spec.method, spec.path) == ("capture_get", "GET", "/api/v1/recordings/{id}")
    assert spec.ports == {"recordings": ports.Recordings, "when": ports.Clock}
    assert (spec.query, spec.body, spec.returns) == (ListQuery, None, None)
    assert (set(spec.params), spec.needs_caller, spec.creates) == ({"id"}, True, False)
    assert (spec.summary, spec.description) == ("Return one.", "And say more.")
    assert spec.family.name == "capture"


def test_a_handler_that_takes_once_creates() -> None:
    spec = read(capture_create, "POST /api/v1/recordings")

    assert (spec.creates, spec.body, spec.returns) == (True, NewRecording, RecordingCreated)


def test_a_port_is_found_by_its_type_whatever_its_name() -> None:
    def handler(somewhere: Media, recordings: Recordings) -> None: ...

    found, others = ports_of(handler, known=set())

    assert found == {"somewhere": ports.Media, "recordings": ports.Recordings}
    assert set(others) == {"return"}


def not_a_port(id: CaptureId, store: dict[str, str]) -> None: ...


def no_annotation(id: CaptureId, mystery) -> None: ...  # type: ignore[no-untyped-def]


def path_not_taken(caller: Caller) -> None: ...


def another_path_parameter(id: CaptureId, step: str) -> None: ...


def event_of_a_trigger(id: CaptureId, event: object) -> None: ...


def everything_else(id: CaptureId, **more: object) -> None: ...


@pytest.mark.parametrize(
    ("handler", "culprit"),
    [
        (not_a_port, "store"),
        (no_annotation, "mystery"),
        (path_not_taken, "id"),
        (another_path_parameter, "step"),
        (event_of_a_trigger, "event"),
        (everything_else, "more"),
    ],
)
def test_a_parameter_that_cannot_be_bound_is_refused_by_name(handler: Callable[..., Any], culprit: str) -> None:
    with pytest.raises(TypeError, match=rf"{handler.__name__}: .*{culprit}"):
        read(handler)


def rooms_begin(id: str, caller: Caller, once: Once) -> RecordingCreated:
    raise NotImplementedError


def once_without_a_caller(body: NewRecording, once: Once) -> None: ...


def feedback_create(body: NewRecording, visitor: Visitor, once: Once) -> RecordingCreated:
    raise NotImplementedError


def feedback_get(id: CaptureId, visitor: Visitor) -> RecordingCreated:
    raise NotImplementedError


def caller_and_visitor(caller: Caller, visitor: Visitor) -> None: ...


def test_a_visitor_stands_in_for_a_caller() -> None:
    create, get = read(feedback_create, "POST /api/v1/recordings"), read(feedback_get)

    assert (create.takes_visitors, create.needs_caller, create.creates) == (True, True, True)
    assert (get.takes_visitors, get.needs_caller, read(capture_get).takes_visitors) == (True, True, False)
    assert {Unauthorized, TooMany} <= failures_of(get)
    with pytest.raises(TypeError, match="not both"):
        read(caller_and_visitor, "GET /api/v1/recordings")


def test_once_needs_a_caller_and_no_body() -> None:
    assert read(rooms_begin, "POST /api/v1/rooms/{id}/begin").creates

    with pytest.raises(TypeError, match="once"):
        read(once_without_a_caller, "POST /api/v1/recordings")


ID = "0123abcd-0000-4000-8000-00000000cafe"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (f"/api/v1/recordings/{ID}", {"id": ID}),
        (f"/capture/api/v1/recordings/{ID}", {"id": ID}),
        ("/api/v1/recordings/other", {"id": "other"}),
        ("/api/v1/recordings/", None),
        ("/api/v1/recordings", None),
        (f"/api/v1/recordings/{ID}/", None),
        (f"/api/v1/recordings/{ID}/events", None),
        (f"/feedback/api/v1/recordings/{ID}", None),
        (f"/capture/capture/api/v1/recordings/{ID}", None),
        (f"//api/v1/recordings/{ID}", None),
    ],
)
def test_a_path_is_matched_with_or_without_the_mount(path: str, params: dict[str, str] | None) -> None:
    assert read(capture_get).match(path) == params


@pytest.mark.parametrize("text", ["other", ID.replace("-", ""), "{" + ID + "}", ID + "\n", ID[:-1], "%2e%2e"])
def test_an_id_that_is_not_of_the_familys_style_is_an_unknown_id(text: str) -> None:
    with pytest.raises(NotFound):
        read(capture_get).parse({"id": text})


def test_an_id_may_be_spelled_in_capitals_as_uuids_may() -> None:
    assert read(capture_get).parse({"id": ID.upper()}) == {"id": ID}


def test_an_endpoint_says_how_many_requests_it_takes_at_once_and_the_catalogue_repeats_it() -> None:
    route = "GET /api/v1/recordings/{id}"

    usual, chosen = (declaration_of(made(capture_get)) for made in (endpoint(route), endpoint(route, concurrency=3)))

    assert (describe(usual)["concurrency"], describe(chosen)["concurrency"]) == (16, 3)


class OtherConflict(Conflict):
    """Somebody else was faster."""

    code = "faster"


class MoreConflict(Conflict):
    """Another one."""

    code = "another"


def test_failures_of_the_same_status_are_documented_together() -> None:
    failing = read_endpoint(
        capture_get, "GET /x/{id}", status=204, raises=(OtherConflict, NotFound, MoreConflict, Conflict)
    )

    responses = document(failing.family, [failing])["paths"]["/x/{id}"]["get"]["responses"]

    assert responses["404"]["description"] == "`not_found`: There is nothing under this id."
    assert responses["409"]["description"] == (
        "`another`: Another one. "
        "`conflict`: The state of the resource does not allow this. "
        "`faster`: Somebody else was faster."
    )


def test_an_endpoint_documents_the_failures_that_its_inputs_bring() -> None:
    def capture_nothing() -> None: ...

    assert failures_of(read(capture_nothing, "GET /x")) == {Upstream}
    assert failures_of(read(capture_get)) == {Upstream, Unauthorized, TooMany, NotFound, InvalidRequest}
    assert failures_of(read(capture_create, "POST /x")) == {
        Upstream,
        Unauthorized,
        TooMany,
        InvalidRequest,
        TooLarge,
        Conflict,
    }
