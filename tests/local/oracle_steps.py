"""What a client does to a collection, step by step: plain values, readable when printed, done on either server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.cloud.firestore_v1._helpers import decode_value

from tests.local.oracle_outcomes import LIMITS, moment, outcome_of
from tests.local.oracle_queries import Find
from tests.local.oracle_values import comparable
from tests.local.oracle_writes import Side, Write


@dataclass(frozen=True)
class Commit:
    """Write all or nothing."""

    writes: list[Write]

    def run(self, side: Side) -> Any:
        """Return the results of the writes."""
        batch = _batch(side.client.batch(), self.writes, side)
        return _results(self.writes, batch.commit(**LIMITS))


@dataclass(frozen=True)
class WriteEach:
    """Write each by itself."""

    writes: list[Write]

    def run(self, side: Side) -> Any:
        """Return how each write went."""
        batch = _batch(side.client.batch(), self.writes, side)
        request = {"database": side.client._database_string, "writes": batch._write_pbs}
        options = {"metadata": side.client._rpc_metadata, **LIMITS}
        response = side.client._firestore_api.batch_write(request=request, **options)
        return [status.code for status in response.status], _results(self.writes, response.write_results)


@dataclass(frozen=True)
class Transact:
    """Read, find, then write, all in one transaction."""

    reads: list[str]
    finds: list[Find]
    writes: list[Write]
    rolls_back: bool

    def run(self, side: Side) -> Any:
        """Return what was seen and, unless it rolls back, the results of the writes."""
        transaction = side.client.transaction()
        transaction._begin()
        try:
            seen = [side.see(side.reference(id).get(transaction=transaction, **LIMITS)) for id in self.reads]
            for find in self.finds:
                seen += map(side.see, find.on(side.collection).stream(transaction=transaction, **LIMITS))
            _batch(transaction, self.writes, side)
            if not self.rolls_back:
                return seen, _results(self.writes, transaction._commit())
        except Exception:
            transaction._rollback()
            raise
        transaction._rollback()
        return seen


@dataclass(frozen=True)
class Read:
    """Read documents by name, whole or some fields."""

    ids: list[str]
    field_paths: list[str] | None

    def run(self, side: Side) -> Any:
        """Return the documents by name."""
        references = [side.reference(id) for id in self.ids]
        snapshots = side.client.get_all(references, field_paths=self.field_paths, **LIMITS)
        return sorted((side.see(snapshot) for snapshot in snapshots), key=lambda seen: seen[0])


@dataclass(frozen=True)
class Query:
    """Find documents."""

    find: Find

    def run(self, side: Side) -> Any:
        """Return the documents that are found, in order."""
        return [side.see(snapshot) for snapshot in self.find.on(side.collection).stream(**LIMITS)]


@dataclass(frozen=True)
class List:
    """List the names of documents, missing ones too, and of collections."""

    page_size: int

    def run(self, side: Side) -> Any:
        """Return the names."""
        listed = side.collection.list_documents(page_size=self.page_size, **LIMITS)
        return [reference.id for reference in listed], [each.id for each in side.reference("a").collections(**LIMITS)]


Step: TypeAlias = Commit | WriteEach | Transact | Read | Query | List


def perform(step: Step, side: Side) -> Any:
    """Do a step and return its outcome.

    When a document is written twice at once, Google's emulator refuses what contradicts itself (`create` after
    `set`) before it looks at what is stored, so it may be another refusal of the two that apply.
    """
    outcome = outcome_of(step.run, side)
    if isinstance(outcome, str) and writes_twice(writes_of(step)):
        return "refused"
    return outcome


def writes_of(step: Step) -> list[Write]:
    """Return the writes of a step."""
    return step.writes if isinstance(step, Commit | WriteEach | Transact) else []


def writes_twice(writes: Sequence[Write]) -> bool:
    """Say whether a document is written more than once."""
    return len({write.id for write in writes}) < len(writes)


def _batch(batch: Any, writes: Sequence[Write], side: Side) -> Any:
    for write in writes:
        write.add_to(batch, side)
    return batch


def _results(writes: Sequence[Write], results: Sequence[Any]) -> Any:
    """Return the times and transformed values; nothing when the emulator merges writes of one document."""
    if writes_twice(writes):
        return "written"
    return [
        (moment(result.update_time), [comparable(decode_value(value, None)) for value in result.transform_results])
        for result in results
    ]
