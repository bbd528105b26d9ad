"""API keys in Firestore, remembered in process for a minute."""

from __future__ import annotations

import time
from threading import Lock

from google.cloud import firestore

from shared.adapters.firestore.documents import COLLECTIONS, from_document, to_document
from shared.adapters.firestore.recordings import TIMEOUT_S, translated
from shared.recordings.keys import ApiKey

REMEMBERED_S = 60
_MOST_REMEMBERED = 10_000


class FirestoreKeys:
    """`Keys`: a revoked key works for up to a minute on instances that have just seen it."""

    def __init__(self, client: firestore.Client) -> None:
        self._collection = client.collection(COLLECTIONS["ApiKey"].name)
        self._remembered: dict[str, tuple[float, ApiKey]] = {}
        self._lock = Lock()

    def find(self, id: str) -> ApiKey | None:
        with self._lock:
            seen = self._remembered.get(id)
        if seen and seen[0] > time.monotonic():
            return seen[1]
        with translated():
            snapshot = self._collection.document(id).get(timeout=TIMEOUT_S)
        if not snapshot.exists:
            return None
        key = from_document(snapshot.to_dict(), ApiKey)
        with self._lock:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[id] = (time.monotonic() + REMEMBERED_S, key)
        return key

    def save(self, key: ApiKey) -> None:
        with translated():
            self._collection.document(key.id).set(to_document(key), timeout=TIMEOUT_S)
