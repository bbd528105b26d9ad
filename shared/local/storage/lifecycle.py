"""Remove what has grown too old: objects under their bucket's age rule, and abandoned resumable sessions."""

import contextlib
import logging
import threading

from shared.local.storage.backend import Backend
from shared.local.storage.buckets import delete_after_days
from shared.local.storage.errors import NotFound, PreconditionFailed
from shared.local.storage.objects import ObjectAddress
from shared.local.storage.preconditions import Preconditions
from shared.local.storage.resources import now_us

_INTERVAL_S = 60.0
_DAY_US = 24 * 3600 * 1_000_000
# A session URI lives for a week.
_SESSION_DAYS = 7

_log = logging.getLogger(__name__)


class Lifecycle:
    """Look once a minute for what has to go."""

    def __init__(self, backend: Backend) -> None:
        self._catalogue = backend.catalogue
        self._buckets = backend.buckets
        self._objects = backend.objects
        self._sessions = backend.sessions

    def start(self) -> None:
        """Look now and then every minute, on a thread that ends with the process."""
        threading.Thread(target=self._run, daemon=True).start()

    def remove_aged(self, time_us: int) -> None:
        """Remove what is too old at `time_us`."""
        for bucket in self._buckets.list_all():
            age_days = delete_after_days(bucket)
            if age_days is not None:
                self._remove_objects(bucket["name"], time_us - int(age_days * _DAY_US))
        self._sessions.remove_started_before(time_us - _SESSION_DAYS * _DAY_US)

    def _run(self) -> None:
        never = threading.Event()
        while True:
            self.remove_aged(now_us())
            never.wait(_INTERVAL_S)

    def _remove_objects(self, bucket: str, created_before_us: int) -> None:
        with self._catalogue.reading() as db:
            rows = db.execute(
                "SELECT name, generation FROM objects WHERE bucket = ? AND created_us < ?",
                (bucket, created_before_us),
            ).fetchall()
        for row in rows:
            expected = Preconditions(generation_match=row["generation"])
            # Deleted or replaced since we looked: then it is not old.
            with contextlib.suppress(NotFound, PreconditionFailed):
                self._objects.delete(ObjectAddress(bucket, row["name"], preconditions=expected))
                _log.info("removed %s/%s: older than its bucket allows", bucket, row["name"])
