"""Work out what the writes of one commit change, before anything is changed."""

import grpc

from shared.local.firestore.document_rules import check_document
from shared.local.firestore.documents import Documents
from shared.local.firestore.errors import Refused
from shared.local.firestore.fields import delete_field, get_field, parse_path, put_field
from shared.local.firestore.transforms import apply_transform
from shared.local.firestore.wire import Document, Message, Write, WriteResult, microseconds, timestamp


class WriteBatch:
    """The writes of one commit, each seeing what those before it did.

    `changes` maps document names to the new document, or to None for a deleted one. Nothing is stored: a batch
    whose n-th write is refused is thrown away whole.
    """

    def __init__(self, documents: Documents, now_us: int) -> None:
        self.changes: dict[str, Message | None] = {}
        self._documents = documents
        self._now_us = now_us

    def apply(self, write: Message) -> Message:
        """Add one `Write`, which `check_writes` has let pass, and return its `WriteResult`.

        Raises: Refused, for a precondition that does not hold or a document that may not be stored.
        """
        name = write.delete or write.update.name
        current = self._current(name)
        _check_precondition(write, name, current)
        if write.delete:
            self.changes[name] = None
            return WriteResult()  # a delete has no update time
        return self._update(write, current)

    def delete(self, name: str) -> None:
        """Add the deletion of a document."""
        self.apply(Write(delete=name))

    def _current(self, name: str) -> Message | None:
        if name in self.changes:
            return self.changes[name]
        stored = self._documents.get(name)
        return None if stored is None else stored.message

    def _update(self, write: Message, current: Message | None) -> Message:
        document = Document(name=write.update.name)
        _merge_fields(document, write, current)
        result = WriteResult()
        for transform in write.update_transforms:
            result.transform_results.append(apply_transform(document.fields, transform, self._now_us))
        check_document(document)
        self._stamp(document, current)
        result.update_time.CopyFrom(document.update_time)
        self.changes[document.name] = document
        return result

    def _stamp(self, document: Message, current: Message | None) -> None:
        """Set the times; a write that changes nothing leaves the update time alone."""
        now = timestamp(self._now_us)
        document.create_time.CopyFrom(now if current is None else current.create_time)
        unchanged = current is not None and dict(current.fields) == dict(document.fields)
        document.update_time.CopyFrom(current.update_time if current is not None and unchanged else now)


def _merge_fields(document: Message, write: Message, current: Message | None) -> None:
    """Fill in the fields: all those written, or, with a mask, the current ones changed where the mask says."""
    if not write.HasField("update_mask"):
        document.MergeFrom(write.update)
        return
    if current is not None:
        document.MergeFrom(current)
    for path in map(parse_path, write.update_mask.field_paths):
        value = get_field(write.update.fields, path)
        if value is None:
            delete_field(document.fields, path)
        else:
            put_field(document.fields, path, value)


def _check_precondition(write: Message, name: str, current: Message | None) -> None:
    match write.current_document.WhichOneof("condition_type"):
        case "exists" if write.current_document.exists and current is None:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"No document to update: {name}")
        case "exists" if not write.current_document.exists and current is not None:
            raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
        case "update_time" if not _is_version(current, write.current_document.update_time):
            message = "The stored version of the document does not match the required base version."
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, message)


def _is_version(current: Message | None, update_time: Message) -> bool:
    return current is not None and microseconds(current.update_time) == microseconds(update_time)
