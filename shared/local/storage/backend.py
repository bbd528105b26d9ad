"""What the APIs work on, opened once."""

import logging
from dataclasses import dataclass
from pathlib import Path

from shared.local.storage.blobs import BlobFolder
from shared.local.storage.buckets import Buckets
from shared.local.storage.catalogue import Catalogue
from shared.local.storage.config import StorageConfig
from shared.local.storage.counters import Counters
from shared.local.storage.objects import ObjectStore
from shared.local.storage.outbox import Outbox
from shared.local.storage.sessions import Sessions
from shared.local.storage.uploads import ResumableUploads

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backend:
    """Everything that is kept, and the address under which it is served."""

    catalogue: Catalogue
    blobs: BlobFolder
    buckets: Buckets
    outbox: Outbox
    objects: ObjectStore
    sessions: Sessions
    resumable: ResumableUploads
    counters: Counters
    base_url: str


def open_backend(config: StorageConfig, folder: Path, base_url: str) -> Backend:
    """Open what is kept in `folder`, remove what a crash left there, and create the configured buckets."""
    catalogue = Catalogue(folder / "catalogue.sqlite")
    blobs = BlobFolder(folder / "blobs")
    if orphans := blobs.remove_all_but(catalogue.blobs_in_use()):
        _log.info("removed %d files of uploads that did not end", orphans)
    buckets = Buckets(catalogue)
    for bucket in config.buckets:
        buckets.configure(bucket.name, bucket.age_days)
    outbox = Outbox(catalogue, config.receivers)
    objects = ObjectStore(catalogue, blobs, outbox)
    sessions = Sessions(catalogue, blobs, objects)
    resumable = ResumableUploads(sessions, blobs)
    return Backend(catalogue, blobs, buckets, outbox, objects, sessions, resumable, Counters(), base_url)
