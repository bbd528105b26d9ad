"""What a document may be called and may hold.

Limits: firebase.google.com/docs/firestore/quotas#collections_documents_and_fields. The size is that of the
protobuf message, within a few per cent of what production counts.
"""

import re
from collections.abc import Iterable

from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import RESERVED
from shared.local.firestore.wire import Message

MAX_DOCUMENT_BYTES = 1_048_576
MAX_NAME_BYTES = 1500
MAX_VALUE_BYTES = 1_048_487
MAX_DEPTH = 20

_DOCUMENT_NAME = re.compile(r"projects/[^/]+/databases/[^/]+/documents/(.+)", re.DOTALL)


def check_document_name(name: str) -> None:
    """Raise Refused (INVALID_ARGUMENT) unless `name` is the full name of a document that may exist."""
    path = _DOCUMENT_NAME.fullmatch(name)
    if path is None:
        raise invalid(f"Document name {name!r} is not projects/P/databases/D/documents/….")
    ids = path[1].split("/")
    if len(ids) % 2:
        raise invalid(f"Document name {name!r} names a collection.")
    _check_ids(ids)


def check_collection(parent: str, collection_id: str = "") -> None:
    """Raise Refused (INVALID_ARGUMENT) unless such a collection may exist; an empty id is that of any collection."""
    below = parent.partition("/documents/")[2]
    _check_ids([*filter(None, [*below.split("/"), collection_id])])


def _check_ids(ids: Iterable[str]) -> None:
    for each in ids:
        if not each or each in (".", "..") or RESERVED.fullmatch(each):
            raise invalid(f'Resource id "{each}" is invalid because it is reserved.')
        if len(each.encode()) > MAX_NAME_BYTES:
            raise invalid(f"A resource id is longer than {MAX_NAME_BYTES} bytes.")


def check_document(document: Message) -> None:
    """Raise Refused (INVALID_ARGUMENT) for a document that Firestore does not store."""
    check_fields(document.fields)
    size = document.ByteSize()
    if size > MAX_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{document.name}' cannot be written because its size ({size:,} bytes) exceeds the "
            f"maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def check_fields(fields: Message, depth: int = 0) -> None:
    """Raise Refused (INVALID_ARGUMENT) for fields, in so many maps and arrays, that Firestore does not store."""
    for name, value in fields.items():
        if not name or RESERVED.fullmatch(name):
            raise invalid(f'Field name "{name}" is empty or reserved.')
        if len(name.encode()) > MAX_NAME_BYTES:
            raise invalid(f"A field name is longer than {MAX_NAME_BYTES} bytes.")
        _check_value(value, depth)


def _check_value(value: Message, depth: int) -> None:
    """Check a value that `depth` maps and arrays hold."""
    match value.WhichOneof("value_type"):
        case "map_value" | "array_value" if depth >= MAX_DEPTH:
            raise invalid(f"A field holds more than {MAX_DEPTH} levels of maps and arrays.")
        case "map_value":
            check_fields(value.map_value.fields, depth + 1)
        case "array_value":
            check_elements(value.array_value.values, depth + 1)
        case "string_value" | "bytes_value" as kind if _size_bytes(getattr(value, kind)) > MAX_VALUE_BYTES:
            raise invalid(f"The value of a field is longer than {MAX_VALUE_BYTES} bytes.")
        case "geo_point_value":
            point = value.geo_point_value
            if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
                raise invalid("A geographical point lies outside ±90° of latitude and ±180° of longitude.")


def _size_bytes(value: str | bytes) -> int:
    return len(value.encode() if isinstance(value, str) else value)


def check_elements(elements: Iterable[Message], depth: int = 1) -> None:
    """Raise Refused (INVALID_ARGUMENT) for elements, in so many maps and arrays, that Firestore does not store."""
    for element in elements:
        if element.HasField("array_value"):
            raise invalid("Cannot convert an array value in an array value.")
        _check_value(element, depth)
