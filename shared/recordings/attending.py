"""How a job goes through what is due: each has its turn, and one that fails keeps nobody else waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from shared.errors import NotFound, PlayheadError
from shared.ports import Clock
from shared.recordings.codec import to_plain
from shared.structs import Struct

log = logging.getLogger("playhead.jobs")

PAGE = 100
MOST_PAGES = 50  # of one query; what is left waits for the next call
#: A job has 300 s, and what it is at may take some of them; the next call goes on with what is left.
WORKS_FOR = timedelta(seconds=200)


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """The id, for the log."""


Found = TypeVar("Found", bound=Identified)
FoundByQuery = TypeVar("FoundByQuery", bound=Identified, covariant=True)


class DueQuery(Protocol[FoundByQuery]):
    """A query for what is due, in an order that does not change; fewer than `limit` are all there are."""

    def __call__(self, *, limit: int) -> Sequence[FoundByQuery]: ...


class Swept(Struct, frozen=True, kw_only=True):
    """What one call of a job did."""

    looked_at: int = 0
    changed: int = 0
    failed: int = 0  #: of those that were looked at

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            looked_at=self.looked_at + other.looked_at,
            changed=self.changed + other.changed,
            failed=self.failed + other.failed,
        )

    def to_json(self) -> dict[str, int]:
        return to_plain(self)


def every_due(find: DueQuery[Found]) -> Iterator[Found]:
    """What a query finds, page after page, each once.

    What has been dealt with is not found again. What could not be is, before all others, so as many more are asked for.
    """
    given: set[str] = set()
    limit = PAGE
    for _ in range(MOST_PAGES):
        found = find(limit=limit)
        page = [one for one in found if one.id not in given]
        yield from page
        if len(found) < limit:
            return
        given.update(one.id for one in page)
        limit = PAGE + len(found) - len(page)


def in_time(found: Iterable[Found], *, clock: Clock) -> Iterator[Found]:
    """What is found until a job has worked for long enough."""
    ends_at = clock.now() + WORKS_FOR
    for one in found:
        if clock.now() > ends_at:
            return
        yield one


def attend(found: Iterable[Found], treat: Callable[[Found], int | None]) -> Swept:
    """Treat what is found, one after the other; one that fails is logged, and left to a later call.

    `treat` says how much it changed, or None: somebody else has it in hand.
    """
    looked_at = changed = failed = 0
    for one in found:
        done: int | None = 0
        try:
            done = treat(one)
        except NotFound:
            pass  # gone meanwhile
        except PlayheadError as error:
            log.warning("%s is left to a later call: %s", one.id, error.message or error.code)
            failed += 1
        except ValueError:  # a document that cannot be read
            log.exception("%s is left to a later call", one.id)
            failed += 1
        looked_at += done is not None
        changed += done or 0
    return Swept(looked_at=looked_at, changed=changed, failed=failed)
