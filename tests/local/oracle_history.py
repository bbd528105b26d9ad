"""What a client does to a collection, as plain values: drawn by Hypothesis, readable when printed, done on either server."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from google.cloud import firestore
from google.cloud.firestore_v1 import transforms
from hypothesis import strategies as st

from tests.local.oracle_outcomes import LIMITS
from tests.local.oracle_queries import Find, finds
from tests.local.oracle_values import NUMBERS, readable, scalars, values

IDS = ["a", "b", "a/parts/a", "c/parts/a"]
NAMES = ["n", "a", "tags", "m", "p.q"]
FIELD_PATHS = ["n", "a", "tags", "m", "m.x", "m.y", "`p.q`", "gone"]


@dataclass
class Side:
    """A collection of one server, and the versions of its documents that the client has come to know."""

    collection: Any
    versions: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        """Return the client of the server."""
        return self.collection._client

    def document(self, id: str) -> Any:
        """Return the reference to a document; `id` may be a path below the collection."""
        return self.client.document(f"{self.collection.id}/{id}")

    def option(self, id: str, version: int | None) -> Any:
        """Return the demand for a version of a document that was seen, or the option None."""
        if version is None:
            return None
        seen = self.versions.get(id)
        return self.client.write_option(last_update_time=seen[version]) if seen else self.client.write_option(exists=True)

    def see(self, snapshot: Any) -> Any:
        """Remember the version of a document, and return what can be compared of it."""
        id = snapshot.reference.path.partition("/")[2]
        if not snapshot.exists:
            return id, "missing"
        self.versions.setdefault(id, []).append(snapshot.update_time)
        return id, readable(snapshot.to_dict()), snapshot.create_time, snapshot.update_time


@dataclass(frozen=True)
class Transform:
    """A value that the server computes: `kind` is the name of the client's class."""

    kind: str
    operand: Any = None

    def built(self) -> Any:
        """Return the client's transform."""
        if self.kind in ("SERVER_TIMESTAMP", "DELETE_FIELD"):
            return getattr(firestore, self.kind)
        return getattr(transforms, self.kind)(self.operand)


def built(value: Any) -> Any:
    """Return a value with the client's transforms."""
    if isinstance(value, Transform):
        return value.built()
    if isinstance(value, dict):
        return {name: built(each) for name, each in value.items()}
    return value


class Write(Protocol):
    """One write of a batch or transaction."""

    def add_to(self, batch: Any, side: Side) -> None:
        """Add the write."""


@dataclass(frozen=True)
class Create:
    id: str
    fields: dict[str, Any]

    def add_to(self, batch: Any, side: Side) -> None:
        batch.create(side.document(self.id), built(self.fields))


@dataclass(frozen=True)
class Set:
    id: str
    fields: dict[str, Any]
    merge: bool

    def add_to(self, batch: Any, side: Side) -> None:
        batch.set(side.document(self.id), built(self.fields), merge=self.merge)


@dataclass(frozen=True)
class Update:
    id: str
    changes: dict[str, Any]
    version: int | None

    def add_to(self, batch: Any, side: Side) -> None:
        batch.update(side.document(self.id), built(self.changes), side.option(self.id, self.version))


@dataclass(frozen=True)
class Delete:
    id: str
    version: int | None

    def add_to(self, batch: Any, side: Side) -> None:
        batch.delete(side.document(self.id), side.option(self.id, self.version))


class Step(Protocol):
    """Something that a client does."""

    def run(self, side: Side) -> Any:
        """Do it, and return what can be compared of its result."""


def results_of(results: Sequence[Any]) -> Any:
    """Return what can be compared of the results of writes."""
    return [(r.update_time, [readable(t) for t in map(decoded, r.transform_results)]) for r in results]


def decoded(value: Any) -> Any:
    from google.cloud.firestore_v1._helpers import decode_value

    return decode_value(value, None)


@dataclass(frozen=True)
class Commit:
    writes: list[Write]

    def run(self, side: Side) -> Any:
        batch = side.client.batch()
        for write in self.writes:
            write.add_to(batch, side)
        return results_of(batch.commit(**LIMITS))


@dataclass(frozen=True)
class WriteEach:
    """Writes that succeed or fail each by itself."""

    writes: list[Write]

    def run(self, side: Side) -> Any:
        batch = side.client.batch()
        for write in self.writes:
            write.add_to(batch, side)
        request = {"database": side.client._database_string, "writes": batch._write_pbs}
        response = side.client._firestore_api.batch_write(request=request, metadata=side.client._rpc_metadata, **LIMITS)
        return [status.code for status in response.status], results_of(response.write_results)


@dataclass(frozen=True)
class Transact:
    reads: list[str]
    finds: list[Find]
    writes: list[Write]
    rolls_back: bool
    read_only: bool

    def run(self, side: Side) -> Any:
        transaction = side.client.transaction(read_only=self.read_only)
        transaction._begin()
        try:
            seen = [side.see(side.document(id).get(transaction=transaction, **LIMITS)) for id in self.reads]
            for find in self.finds:
                seen += [side.see(s) for s in find.on(side.collection).stream(transaction=transaction, **LIMITS)]
            for write in self.writes:
                write.add_to(transaction, side)
        except BaseException:
            transaction._rollback()
            raise
        if self.rolls_back:
            transaction._rollback()
            return seen
        return seen, results_of(transaction._commit())


@dataclass(frozen=True)
class Read:
    ids: list[str]
    field_paths: list[str] | None

    def run(self, side: Side) -> Any:
        references = [side.document(id) for id in self.ids]
        snapshots = side.client.get_all(references, field_paths=self.field_paths, **LIMITS)
        return sorted(map(side.see, snapshots), key=lambda seen: seen[0])


@dataclass(frozen=True)
class Query:
    find: Find

    def run(self, side: Side) -> Any:
        return [side.see(snapshot) for snapshot in self.find.on(side.collection).stream(**LIMITS)]


@dataclass(frozen=True)
class List:
    page_size: int

    def run(self, side: Side) -> Any:
        listed = [reference.id for reference in side.collection.list_documents(page_size=self.page_size, **LIMITS)]
        return listed, [c.id for c in side.document("a").collections(**LIMITS)]


ids = st.sampled_from(IDS)
numbers = st.sampled_from(NUMBERS)
elements = st.lists(scalars, min_size=1, max_size=3)
transformations = st.one_of(
    st.builds(Transform, st.sampled_from(["Increment", "Maximum", "Minimum"]), numbers),
    st.builds(Transform, st.sampled_from(["ArrayUnion", "ArrayRemove"]), elements),
    st.builds(Transform, st.just("SERVER_TIMESTAMP")),
)
deletions = st.builds(Transform, st.just("DELETE_FIELD"))
versions = st.none() | st.sampled_from([-1, 0])
fields = st.dictionaries(st.sampled_from(NAMES), values | transformations, max_size=3)
merged = st.dictionaries(st.sampled_from(NAMES), values | transformations | deletions, max_size=3)
changes = st.dictionaries(st.sampled_from(FIELD_PATHS), values | transformations | deletions, min_size=1, max_size=3)
def writes(versions):
  return st.one_of(
    st.builds(Set, ids, fields, st.just(False)),
    st.builds(Set, ids, merged, st.just(True)),
    st.builds(Update, ids, changes, versions),
    st.builds(Create, ids, fields),
    st.builds(Delete, ids, versions),
)
some_writes = st.lists(writes(versions), min_size=1, max_size=3, unique_by=lambda write: write.id) | st.lists(writes(st.none()), min_size=1, max_size=3)
steps = st.one_of(
    st.builds(Commit, some_writes),
    st.builds(Commit, some_writes),
    st.builds(WriteEach, st.lists(writes(versions), min_size=1, max_size=3, unique_by=lambda write: write.id)),
    st.builds(
        Transact,
        reads=st.lists(ids, max_size=2),
        finds=st.lists(finds(), max_size=1),
        writes=st.just([]) | some_writes,
        rolls_back=st.booleans(),
        read_only=st.just(False),
    ),
    st.builds(Read, st.lists(ids, min_size=1, max_size=3), st.none() | st.lists(st.sampled_from(FIELD_PATHS), max_size=2)),
    st.builds(Query, finds()),
    st.builds(List, st.integers(1, 2)),
)
histories = st.lists(steps, min_size=1, max_size=6)
