"""A job goes through all that is due, whatever becomes of each."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from shared.errors import Upstream
from shared.recordings.attending import MOST_PAGES, PAGE, WORKS_FOR, Swept, attend, every_due, in_time
from shared.structs import Struct
from tests.unit.fakes import FakeClock


class Item(Struct, frozen=True):
    """Something due."""

    id: str


class Due:
    """A query that finds what nobody has dealt with, always in the same order."""

    def __init__(self, count: int) -> None:
        self.items = {str(number): Item(str(number)) for number in range(count)}

    def find(self, *, limit: int) -> Sequence[Item]:
        return list(self.items.values())[:limit]

    def deal_with(self, item: Item) -> int:
        del self.items[item.id]
        return 1


@pytest.mark.parametrize("count", [0, 1, PAGE, PAGE + 1, 3 * PAGE])
def test_all_that_is_due_is_dealt_with_page_after_page(count: int) -> None:
    due = Due(count)

    assert attend(every_due(due.find), due.deal_with) == Swept(looked_at=count, changed=count)
    assert due.items == {}


@pytest.mark.parametrize("failure", [Upstream("down"), ValueError("a document of another shape")])
def test_one_that_fails_keeps_nobody_waiting(failure: Exception) -> None:
    due = Due(PAGE + 5)

    def treat(item: Item) -> int:
        if item.id in ("0", "7"):
            raise failure
        return due.deal_with(item)

    swept = attend(every_due(due.find), treat)

    assert swept == Swept(looked_at=PAGE + 5, changed=PAGE + 3, failed=2)
    assert set(due.items) == {"0", "7"}


def test_a_failure_is_in_the_log_by_the_id(caplog: pytest.LogCaptureFixture) -> None:
    due = Due(2)
    failures = iter([Upstream("the queue is down"), ValueError("not readable")])

    def fail(item: Item) -> int:
        raise next(failures)

    attend(every_due(due.find), fail)

    assert [(one.levelno, one.getMessage()) for one in caplog.records] == [
        (logging.WARNING, "0 is left to a later call: the queue is down"),
        (logging.ERROR, "1 is left to a later call"),
    ]


def test_a_mistake_of_ours_is_not_taken_for_an_outage() -> None:
    def treat(item: Item) -> int:
        raise TypeError("a mistake")

    with pytest.raises(TypeError):
        attend(every_due(Due(1).find), treat)


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 5 * PAGE])
def test_each_is_given_once_though_nothing_can_be_dealt_with(count: int) -> None:
    given = [item.id for item in every_due(Due(count).find)]

    assert given == [str(number) for number in range(count)]


def test_pages_of_what_fails_keep_nobody_waiting() -> None:
    due = Due(4 * PAGE)

    def treat(item: Item) -> int:
        if int(item.id) < 3 * PAGE:
            raise Upstream("the bucket lets nothing go")
        return due.deal_with(item)

    for dealt_with in (PAGE, 0):
        swept = attend(every_due(due.find), treat)
        assert (swept.changed, swept.failed) == (dealt_with, 3 * PAGE)


def test_a_call_ends_though_new_things_go_on_coming() -> None:
    numbers = iter(range(10**9))

    def find(*, limit: int) -> Sequence[Item]:
        return [Item(str(next(numbers))) for _ in range(limit)]

    assert len(list(every_due(find))) == MOST_PAGES * PAGE


def test_what_somebody_else_has_in_hand_does_not_count() -> None:
    assert attend([Item("theirs"), Item("ours")], lambda item: None if item.id == "theirs" else 2) == Swept(
        looked_at=1, changed=2
    )


def test_the_rest_is_left_when_the_time_is_over() -> None:
    clock = FakeClock()
    due = Due(10)

    def treat(item: Item) -> int:
        clock.advance(WORKS_FOR / 2 - timedelta(seconds=1))
        return due.deal_with(item)

    swept = attend(in_time(every_due(due.find), clock=clock), treat)

    assert swept == Swept(looked_at=3, changed=3)


def test_time_counts_from_the_first_look() -> None:
    clock = FakeClock()

    def late() -> Iterator[Item]:
        clock.advance(WORKS_FOR + timedelta(seconds=1))
        yield Item("late")

    assert list(in_time(late(), clock=clock)) == []
