"""Lists of browser recordings: pages concatenate to the whole, whatever happens between them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.capture.api import ListQuery
from shared.capture.domain import WORD_OF_STATE, states_of
from shared.capture.reading import list_recordings
from shared.errors import InvalidRequest
from shared.recordings.deleting import delete_recording
from shared.recordings.recording import Caller, Family, Recording, State
from shared.structs import replace
from tests.unit import examples
from tests.unit.examples import ANNA, BERT, PROJECT, World
from tests.unit.fakes import START

OTHER_PROJECT = PROJECT.replace("cafe", "beef")


def page(world: World, *, by: Caller = ANNA, **query: Any) -> tuple[list[str], str | None]:
    """The ids of one page, and the cursor of the next."""
    shown, cursor = list_recordings(ListQuery.model_validate(query), by=by, recordings=world.recordings)
    return [recording.id for recording in shown], cursor


def fill(world: World, ages_s: list[int], **members: Any) -> list[str]:
    """Recordings of these ages; their ids, newest first and then by id."""
    made = []
    for age_s in ages_s:
        recording = world.create(**members).recording
        world.recordings.put(_created(recording, START - timedelta(seconds=age_s)))
        made.append((START - timedelta(seconds=age_s), recording.id))
    return [id for _, id in sorted(made, reverse=True)]


def delete(world: World, id: str) -> None:
    delete_recording(
        id, family=Family.CAPTURE, by=ANNA, recordings=world.recordings, media=world.media, now=world.clock.now()
    )


@given(
    ages_s=st.lists(st.integers(0, 5), max_size=15),
    limits=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    deletions=st.sets(st.integers(0, 14)),
)
def test_pages_concatenate_to_the_whole_though_recordings_are_deleted_and_made_meanwhile(
    ages_s: list[int], limits: list[int], deletions: set[int]
) -> None:
    world = World()
    whole = fill(world, ages_s)
    seen: list[str] = []
    cursor: str | None = None
    deleted: set[str] = set()

    for number in range(len(whole) + 1):
        ids, cursor = page(world, limit=limits[number % len(limits)], cursor=cursor)
        seen += ids
        world.clock.advance(timedelta(seconds=1))
        world.create(name="made meanwhile")
        if number in deletions and ids:
            delete(world, ids[-1])
            deleted.add(ids[-1])
        if cursor is None:
            break

    assert cursor is None
    assert seen == whole


@given(st.integers(0, 9), st.integers(1, 4))
def test_the_cursor_is_null_exactly_on_the_last_page(count: int, limit: int) -> None:
    world = World()
    fill(world, list(range(count)))
    pages, cursor = [], None

    while True:
        ids, cursor = page(world, limit=limit, cursor=cursor)
        pages.append(ids)
        if cursor is None:
            break

    assert [len(ids) for ids in pages[:-1]] == [limit] * (len(pages) - 1)
    assert len(pages) == max(1, -(-count // limit))


def test_a_list_shows_the_tenants_own_recordings_of_this_family() -> None:
    world = World()
    mine = fill(world, [1, 0])
    world.create(by=BERT)
    world.recordings.put(examples.recording(id="sessions-1", family=Family.SESSIONS))

    assert page(world) == (mine, None)


def test_a_deleted_recording_is_not_listed() -> None:
    world = World()
    kept, gone = fill(world, [0, 1])

    delete(world, gone)

    assert page(world) == ([kept], None)


def test_a_list_may_be_of_one_project_and_one_status() -> None:
    world = World()
    in_project = fill(world, [3], project_id=PROJECT)
    uploading = fill(world, [2], project_id=PROJECT, has_video=True)
    fill(world, [1], project_id=OTHER_PROJECT)

    assert page(world, project_id=PROJECT) == (uploading + in_project, None)
    assert page(world, project_id=PROJECT, status="uploading") == (uploading, None)
    assert page(world, project_id=OTHER_PROJECT, status="uploading") == ([], None)


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("uploading", {State.AWAITING_MEDIA}),
        ("processing", {State.PROCESSING}),
        ("ready", {State.READY}),
        ("failed", {State.FAILED}),
    ],
)
def test_a_status_is_the_contracts_word_for_a_state(word: str, states: set[State]) -> None:
    assert set(states_of(word)) == states
    assert {WORD_OF_STATE[state] for state in states} == {word}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "1.5"},
        {"limit": ""},
        {"limit": "1e1"},
        {"cursor": "yesterday"},
        {"cursor": ""},
        {"cursor": PROJECT + "\n"},
        {"project_id": "mine"},
        {"status": "done"},
        {"status": "READY"},
        {"status": "archived"},
        {"status": "awaiting_media"},
        {"status": ""},
    ],
)
def test_a_query_that_is_not_of_the_contract_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ListQuery.model_validate(query)


def test_a_query_may_say_nothing() -> None:
    assert ListQuery.model_validate({}).limit == 25


def test_a_cursor_that_never_was_or_is_not_the_callers_is_refused_with_the_same_words() -> None:
    world = World()
    theirs = world.create(by=BERT).recording.id
    theirs_deleted = world.create(by=BERT).recording.id
    delete_recording(
        theirs_deleted, family=Family.CAPTURE, by=BERT, recordings=world.recordings, media=world.media, now=START
    )
    of_another_family = PROJECT.replace("cafe", "feed")
    world.recordings.put(examples.recording(id=of_another_family, family=Family.SESSIONS))

    messages = set()
    for cursor in (PROJECT, theirs, theirs_deleted, of_another_family):
        with pytest.raises(InvalidRequest) as refusal:
            page(world, cursor=cursor)
        messages.add(refusal.value.message)

    assert messages == {"cursor: no such recording"}


@pytest.mark.parametrize(("is_deleted", "reads"), [(False, 7), (True, 8)], ids=["cursor there", "cursor deleted"])
def test_a_page_costs_its_limit_and_two_reads_and_one_more_for_a_deleted_cursor(is_deleted: bool, reads: int) -> None:
    world = World()
    cursor = fill(world, list(range(12)))[0]
    if is_deleted:
        delete(world, cursor)
    world.recordings.reads = 0

    page(world, limit=5, cursor=cursor)

    assert world.recordings.reads == reads


def _created(recording: Recording, at: datetime) -> Recording:
    return replace(recording, created_at=at)
