"""What a document may be called and may hold.

Limits: firebase.google.com/docs/firestore/quotas#collections_documents_and_fields. The size is that of the
protobuf message, within a few per cent of what production counts.
"""

import re

from shared.local.firestore.errors import invalid
from shared.local.firestore.wire import Message

MAX_DOCUMENT_BYTES = 1_048_576
MAX_NAME_BYTES = 1500

_DOCUMENT_NAME = re.compile(r"projects/[^/]+/databases/[^/]+/documents/(.+)", re.DOTALL)
_RESERVED = re.compile(r"__.*__", re.DOTALL)


def check_document_name(name: str) -> None:
    """Raise Refused (INVALID_ARGUMENT) unless `name` is the full name of a document that may exist."""
    path = _DOCUMENT_NAME.fullmatch(name)
    if path is None:
        raise invalid(f"Document name {name!r} is not projects/P/databases/D/documents/….")
    ids = path[1].split("/")
    if len(ids) % 2:
        raise invalid(f"Document name {name!r} names a collection.")
    for each in ids:
        if not each or each in (".", "..") or _RESERVED.fullmatch(each):
            raise invalid(f'Resource id "{each}" is invalid because it is reserved.')
        if len(each.encode()) > MAX_NAME_BYTES:
            raise invalid(f"A resource id is longer than {MAX_NAME_BYTES} bytes.")


def check_document(document: Message) -> None:
    """Raise Refused (INVALID_ARGUMENT) for a document that Firestore does not store."""
    _check_fields(document.fields)
    size = document.ByteSize()
    if size > MAX_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{document.name}' cannot be written because its size ({size:,} bytes) exceeds the "
            f"maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def _check_fields(fields: Message) -> None:
    for name, value in fields.items():
        if _RESERVED.fullmatch(name):
            raise invalid(f'Field name "{name}" is reserved.')
        if len(name.encode()) > MAX_NAME_BYTES:
            raise invalid(f"A field name is longer than {MAX_NAME_BYTES} bytes.")
        _check_value(value)


def _check_value(value: Message) -> None:
    if value.HasField("map_value"):
        _check_fields(value.map_value.fields)
    elif value.HasField("array_value"):
        for element in value.array_value.values:
            if element.HasField("array_value"):
                raise invalid("Cannot convert an array value in an array value.")
            _check_value(element)
