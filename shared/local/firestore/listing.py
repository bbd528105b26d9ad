"""List the children of a document or collection."""

from bisect import bisect_right
from dataclasses import dataclass

from shared.local.firestore.documents import Documents
from shared.local.firestore.wire import Document, Message

DEFAULT_PAGE_SIZE = 300


@dataclass(frozen=True)
class Listing:
    """What to list: the documents of the collection `path`, those behind the name `after`.

    `show_missing` includes missing documents, those that only their subcollections betray, as bare names.
    """

    path: str
    show_missing: bool
    page_size: int
    after: str


@dataclass(frozen=True)
class Page:
    """Documents by name; `next_after` is empty on the last page."""

    documents: list[Message]
    next_after: str


def list_page(listing: Listing, documents: Documents) -> Page:
    """Return one page of a listing."""
    listed = {document.name: document.message for document in documents.collection(listing.path)}
    if listing.show_missing:
        for child in list_collection_ids(documents, listing.path):
            name = f"{listing.path}/{child}"
            listed.setdefault(name, Document(name=name))
    names = sorted(listed)
    start = bisect_right(names, listing.after)
    end = start + (listing.page_size or DEFAULT_PAGE_SIZE)
    page = names[start:end]
    return Page([listed[name] for name in page], next_after=page[-1] if end < len(names) else "")


def list_collection_ids(documents: Documents, parent: str) -> list[str]:
    """Return the ids one level below a path, as far as a collection lies there or deeper."""
    prefix = parent + "/"
    below = (path.removeprefix(prefix) for path in documents.collection_paths() if path.startswith(prefix))
    return sorted({path.partition("/")[0] for path in below})
