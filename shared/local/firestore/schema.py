"""What a project declares about its database: composite indexes and time-to-live fields.

The file is the JSON of the platform's manifest:

    {"indexes": [{"collection": "recordings", "scope": "COLLECTION",
                  "fields": [["tenant_id", "ASCENDING"], ["created_at", "DESCENDING"]]}],
     "ttl": [{"collection": "idempotency", "field": "expire_at"}]}

A field is `ASCENDING`, `DESCENDING` or (arrays) `CONTAINS`. A trailing `__name__` may be left out: it then has
the direction of the last field, or is ascending behind `CONTAINS`, as in production. An index of a single
field is meaningful with the scope `COLLECTION_GROUP`, and for `__name__` descending: production keeps neither
by itself.
"""

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from shared.local.firestore.fields import NAME


class Mode(Enum):
    """How an index holds a field."""

    ASCENDING = "ASC"
    DESCENDING = "DESC"
    CONTAINS = "CONTAINS"


@dataclass(frozen=True)
class IndexField:
    """One field of an index."""

    path: str
    mode: Mode

    def __str__(self) -> str:
        return f"{self.path} {self.mode.value}"


@dataclass(frozen=True)
class Index:
    """A composite index of all collections of one id; `group`: one for all of them together."""

    collection: str
    group: bool
    fields: tuple[IndexField, ...]

    def __str__(self) -> str:
        group = "collection group " if self.group else ""
        return f"{group}{self.collection}({', '.join(map(str, self.fields))})"


@dataclass(frozen=True)
class TtlField:
    """A timestamp field after which the documents of a collection id are removed."""

    collection: str
    path: str


@dataclass(frozen=True)
class Schema:
    """The indexes and time-to-live fields of a database; the default declares none."""

    indexes: tuple[Index, ...] = ()
    ttl: tuple[TtlField, ...] = ()


def read_schema(path: Path) -> Schema:
    """Return the schema that a JSON file declares."""
    declared = json.loads(path.read_text())
    return Schema(
        indexes=tuple(map(_parse_index, declared.get("indexes", ()))),
        ttl=tuple(TtlField(ttl["collection"], ttl["field"]) for ttl in declared.get("ttl", ())),
    )


def _parse_index(declared: dict[str, Any]) -> Index:
    fields = tuple(IndexField(path, Mode[mode]) for path, mode in declared["fields"])
    group = declared.get("scope", "COLLECTION") == "COLLECTION_GROUP"
    return Index(declared["collection"], group, with_name(fields))


def with_name(fields: tuple[IndexField, ...]) -> tuple[IndexField, ...]:
    """Return the fields of an index with the `__name__` that production adds to the end."""
    last = fields[-1]
    if last.path == NAME:
        return fields
    return (*fields, IndexField(NAME, Mode.ASCENDING if last.mode is Mode.CONTAINS else last.mode))
