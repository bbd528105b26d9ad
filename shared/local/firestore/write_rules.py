"""What a write may not be, whatever the database holds.

This is looked at before preconditions are: of two refusals that apply, a client gets this one, as in production.
"""

from collections.abc import Sequence

from shared.local.firestore.document_rules import check_document_name, check_elements, check_fields
from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import parse_path
from shared.local.firestore.transforms import is_number
from shared.local.firestore.wire import Message


def check_writes(writes: Sequence[Message]) -> None:
    """Raise Refused (INVALID_ARGUMENT) unless all writes are well formed."""
    for write in writes:
        _check_write(write)


def check_separate_writes(writes: Sequence[Message]) -> None:
    """Raise Refused (INVALID_ARGUMENT) unless all writes are well formed and of different documents."""
    check_writes(writes)
    names = [write.delete or write.update.name for write in writes]
    if len(set(names)) < len(names):
        raise invalid("The same document cannot be written more than once in a single request.")


def _check_write(write: Message) -> None:
    operation = write.WhichOneof("operation")
    if operation not in ("update", "delete"):
        raise invalid("A write must be an update or a delete.")
    check_document_name(write.delete if operation == "delete" else write.update.name)
    check_fields(write.update.fields)
    for path in write.update_mask.field_paths:
        parse_path(path)
    for transform in write.update_transforms:
        _check_transform(transform)


def _check_transform(transform: Message) -> None:
    parse_path(transform.field_path)
    match transform.WhichOneof("transform_type"):
        case None:
            raise invalid(f"Unknown transform of field {transform.field_path!r}.")
        case "increment" | "maximum" | "minimum" as kind if not is_number(getattr(transform, kind)):
            raise invalid("The operand of a numeric transform must be a number.")
        case "append_missing_elements" | "remove_all_from_array" as kind:
            check_elements(getattr(transform, kind).values)
