"""Reach into a document by field path (`a.b`, ``a.`b.c` ``)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from shared.local.firestore.errors import invalid
from shared.local.firestore.wire import Document, Message

NAME = "__name__"
"""The field path that stands for the name of the document itself."""

FieldPath = tuple[str, ...]

RESERVED = re.compile(r"__.*__", re.DOTALL)
"""What no field, document or collection may be called."""

_SEGMENT = re.compile(r"`((?:[^`\\]|\\.)+)`|([a-zA-Z_][a-zA-Z_0-9]*)")


@lru_cache(4096)
def parse_path(path: str) -> FieldPath:
    """Split a field path into field names.

    Raises: Refused (INVALID_ARGUMENT), for example for an empty or reserved name, or an open backtick.
    """
    names = []
    position = 0
    while segment := _SEGMENT.match(path, position):
        quoted, plain = segment.groups()
        names.append(re.sub(r"\\(.)", r"\1", quoted) if quoted else plain)
        if RESERVED.fullmatch(names[-1]):
            raise invalid(f"Invalid reserved name in field path {path!r}.")
        position = segment.end() + 1
        if segment.end() == len(path):
            return tuple(names)
        if path[segment.end()] != ".":
            break
    raise invalid(f"Invalid property path {path!r}.")


def check_paths(paths: Iterable[str]) -> None:
    """Raise Refused (INVALID_ARGUMENT) unless all are field paths or `__name__`."""
    for path in paths:
        if path != NAME:
            parse_path(path)


def get_field(fields: Message, path: FieldPath) -> Message | None:
    """Return the value at `path` in a map of fields, or None where there is none."""
    value = None
    for name in path:
        if fields is None or name not in fields:
            return None
        value = fields[name]
        fields = value.map_value.fields if value.HasField("map_value") else None
    return value


def put_field(fields: Message, path: FieldPath, value: Message) -> None:
    """Write a value at `path`; whatever stands in the way of a map is replaced by one."""
    for name in path[:-1]:
        if name not in fields or not fields[name].HasField("map_value"):
            fields[name].Clear()
            fields[name].map_value.SetInParent()
        fields = fields[name].map_value.fields
    fields[path[-1]].CopyFrom(value)


def delete_field(fields: Message, path: FieldPath) -> None:
    """Remove the value at `path`, if there is one."""
    for name in path[:-1]:
        if name not in fields or not fields[name].HasField("map_value"):
            return
        fields = fields[name].map_value.fields
    fields.pop(path[-1], None)


def project(document: Message, paths: tuple[str, ...]) -> Message:
    """Return a copy of a document with the given fields only."""
    projection = Document(name=document.name, create_time=document.create_time, update_time=document.update_time)
    for path in (parse_path(path) for path in paths if path != NAME):
        value = get_field(document.fields, path)
        if value is not None:
            put_field(projection.fields, path, value)
    return projection
