"""Writes as plain values: drawn by Hypothesis, readable when printed, and done on either server."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.cloud import firestore
from google.cloud.firestore_v1 import transforms

from tests.local.oracle_outcomes import document


@dataclass
class Side:
    """A collection of one server, and the versions of its documents that the client has come to know."""

    collection: Any
    versions: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        """Return the client of the server."""
        return self.collection._client

    def reference(self, id: str) -> Any:
        """Return the reference to a document; in a path below the collection, `*` is the id of the collection."""
        return self.client.document(f"{self.collection.id}/{id}".replace("*", self.collection.id))

    def see(self, snapshot: Any) -> Any:
        """Remember the version of a document, and return what can be compared of it."""
        if not snapshot.exists:
            return snapshot.reference.path, "missing"
        self.versions.setdefault(snapshot.reference.path, []).append(snapshot.update_time)
        return document(snapshot)

    def demand(self, id: str, version: int | None) -> Any:
        """Return the client's option that demands a version that was seen, or just any; None demands nothing."""
        if version is None:
            return None
        seen = self.versions.get(self.reference(id).path)
        return (
            self.client.write_option(last_update_time=seen[version]) if seen else self.client.write_option(exists=True)
        )


@dataclass(frozen=True)
class Transform:
    """A value that the server computes; `kind` is the client's name of it."""

    kind: str
    operand: Any = None


def built(value: Any) -> Any:
    """Return a value with the client's transforms in it."""
    match value:
        case Transform(kind, None):
            return getattr(firestore, kind)
        case Transform(kind, operand):
            return getattr(transforms, kind)(operand)
        case dict():
            return {name: built(each) for name, each in value.items()}
        case _:
            return value


@dataclass(frozen=True)
class Create:
    """Add a document."""

    id: str
    fields: dict[str, Any]

    def add_to(self, batch: Any, side: Side) -> None:
        """Add the write to a batch or transaction."""
        batch.create(side.reference(self.id), built(self.fields))


@dataclass(frozen=True)
class Set:
    """Add or replace a document, or merge fields into it."""

    id: str
    fields: dict[str, Any]
    merge: bool = False

    def add_to(self, batch: Any, side: Side) -> None:
        """Add the write to a batch or transaction."""
        batch.set(side.reference(self.id), built(self.fields), merge=self.merge)


@dataclass(frozen=True)
class Update:
    """Change fields; `version`: only of the first (0) or last (-1) version that the client has seen."""

    id: str
    changes: dict[str, Any]
    version: int | None = None

    def add_to(self, batch: Any, side: Side) -> None:
        """Add the write to a batch or transaction."""
        batch.update(side.reference(self.id), built(self.changes), side.demand(self.id, self.version))


@dataclass(frozen=True)
class Delete:
    """Remove a document; `version` as for Update."""

    id: str
    version: int | None = None

    def add_to(self, batch: Any, side: Side) -> None:
        """Add the write to a batch or transaction."""
        batch.delete(side.reference(self.id), side.demand(self.id, self.version))


Write: TypeAlias = Create | Set | Update | Delete
