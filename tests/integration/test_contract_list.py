"""The list of a tenant's recordings: its order, its pages, its filters, its cursors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from shared import ports
from shared.recordings.recording import Recording
from shared.structs import replace
from shared.wiring import wired
from tests.integration.api_keys import save_key
from tests.integration.platform import Capture, RunningPlatform
from tests.integration.refusals import refusal

PATH = "/api/v1/recordings"
COUNT = 60
PROJECT = "0b6e1c5e-9f53-4b1b-8d0c-6a3d1f0a9c11"


def page(client: Capture, **query: Any) -> dict[str, Any]:
    answer = client.call("GET", f"{PATH}?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["recordings", "next_cursor"]
    found: dict[str, Any] = answer.json()
    return found


def pages(client: Capture, **query: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page to the end, each asked for with the cursor of the one before it."""
    cursor: dict[str, str] = {}
    while True:
        one = page(client, **query, **cursor)
        yield one["recordings"]
        if one["next_cursor"] is None:
            return
        assert one["next_cursor"] == one["recordings"][-1]["id"], "a cursor is the last id that was seen"
        cursor = {"cursor": one["next_cursor"]}


def ids(recordings: Sequence[dict[str, Any]]) -> list[str]:
    return [recording["id"] for recording in recordings]


@pytest.fixture(scope="module")
def shelf(platform: RunningPlatform) -> Capture:
    """A tenant with 60 recordings: every third of a project, every tenth without a video."""
    client = platform.client(save_key("librarians"))

    def create(number: int) -> dict[str, Any]:
        project = {"project_id": PROJECT} if number % 3 == 0 else {}
        return client.create({"name": f"{number:02}", "has_video": number % 10 != 0, **project})

    with ThreadPoolExecutor(6) as pool:
        created = list(pool.map(create, range(COUNT)))
    client.upload(created[1], b"")
    client.wait_for(created[1]["id"], "failed")
    for number in range(0, COUNT, 10):
        client.wait_for(created[number]["id"], "ready")
    return client


@pytest.fixture(scope="module")
def everything(shelf: Capture) -> list[dict[str, Any]]:
    """All of its recordings, in one page."""
    whole = page(shelf, limit=100)
    assert whole["next_cursor"] is None
    recordings: list[dict[str, Any]] = whole["recordings"]
    return recordings


def test_the_newest_recording_comes_first(everything: list[dict[str, Any]]) -> None:
    assert len(everything) == COUNT
    keys = [(datetime.fromisoformat(recording["created_at"]), recording["id"]) for recording in everything]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("limit", [7, 20, 30, 59, 60])
def test_the_pages_are_the_whole_list(shelf: Capture, everything: list[dict[str, Any]], limit: int) -> None:
    found = list(pages(shelf, limit=limit))

    assert [recording for one in found for recording in one] == everything
    assert [len(one) for one in found[:-1]] == [limit] * (len(found) - 1)
    assert 0 < len(found[-1]) <= limit, "the last page is not an empty one"


def test_a_page_has_25_recordings_unless_another_limit_is_asked_for(shelf: Capture) -> None:
    assert [len(one) for one in pages(shelf)] == [25, 25, 10]


@pytest.mark.parametrize("status", ["uploading", "processing", "ready", "failed"])
@pytest.mark.parametrize("project", [None, PROJECT])
def test_filters_choose_and_pages_hold_what_was_chosen(
    shelf: Capture, everything: list[dict[str, Any]], status: str, project: str | None
) -> None:
    query = {"status": status, **({"project_id": project} if project else {})}
    chosen = [one for one in everything if one["status"] == status and project in (None, one["project_id"])]

    assert [recording for one in pages(shelf, limit=4, **query) for recording in one] == chosen


def test_the_shelf_has_what_the_filters_are_tried_on(everything: list[dict[str, Any]]) -> None:
    assert {one["status"] for one in everything} == {"uploading", "ready", "failed"}
    assert sum(one["project_id"] == PROJECT for one in everything) == 20
    assert sum(one["project_id"] == PROJECT and one["status"] == "ready" for one in everything) == 2


def test_a_filter_by_project_alone_holds_its_recordings(shelf: Capture, everything: list[dict[str, Any]]) -> None:
    chosen = [one for one in everything if one["project_id"] == PROJECT]

    assert [one for found in pages(shelf, limit=10, project_id=PROJECT) for one in found] == chosen
    assert page(shelf, project_id=str(uuid4())) == {"recordings": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=2.5", "limit"),
        ("limit=", "limit"),
        ("cursor=last", "cursor"),
        ("cursor=", "cursor"),
        ("project_id=shop", "project_id"),
        ("project_id=", "project_id"),
        ("status=done", "status"),
        ("status=READY", "status"),
        ("status=", "status"),
    ],
)
def test_a_bad_query_is_refused_by_the_parameters_name(capture: Capture, query: str, named: str) -> None:
    message = refusal(capture.call("GET", f"{PATH}?{query}"), 400, "invalid_request")

    assert message.startswith(f"{named}: ")


def test_a_cursor_that_never_was_is_refused(capture: Capture) -> None:
    answer = capture.call("GET", f"{PATH}?cursor={uuid4()}")

    assert refusal(answer, 400, "invalid_request") == "cursor: no such recording"


def test_somebody_elses_cursor_is_one_that_never_was(capture: Capture, stranger: Capture) -> None:
    theirs, deleted = (capture.create({"has_video": True})["id"] for _ in range(2))
    capture.delete(deleted)

    for cursor in (theirs, deleted):
        answer = stranger.call("GET", f"{PATH}?cursor={cursor}")
        assert refusal(answer, 400, "invalid_request") == "cursor: no such recording"


def test_paging_goes_on_from_a_recording_that_was_deleted_since(fresh: Capture) -> None:
    oldest, middle, newest = (fresh.create({"has_video": True})["id"] for _ in range(3))
    first = page(fresh, limit=2)
    assert (ids(first["recordings"]), first["next_cursor"]) == ([newest, middle], middle)

    fresh.delete(middle)

    assert page(fresh, cursor=middle) == {"recordings": [fresh.recording(oldest)], "next_cursor": None}


def test_a_list_is_stable_while_others_write(fresh: Capture) -> None:
    before = [fresh.create({"has_video": True})["id"] for _ in range(4)]
    first = page(fresh, limit=2)
    fresh.create({"has_video": True})

    second = page(fresh, limit=2, cursor=first["next_cursor"])

    assert ids(first["recordings"] + second["recordings"]) == before[::-1]


def test_recordings_of_one_moment_are_ordered_by_id_and_none_is_lost(fresh: Capture) -> None:
    recordings = wired(ports.Recordings)
    first: Recording = recordings.find(fresh.create({"has_video": True})["id"])
    twins = [replace(first, id=str(uuid4())) for _ in range(8)]
    recordings.transact(lambda transaction: transaction.save(*twins))

    found = [recording for one in pages(fresh, limit=2) for recording in one]

    assert ids(found) == sorted([first.id, *(twin.id for twin in twins)], reverse=True)


def test_a_tenant_with_nothing_has_an_empty_list(fresh: Capture) -> None:
    assert fresh.call("GET", PATH).text == '{"recordings":[],"next_cursor":null}'
