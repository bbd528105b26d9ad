"""The one Firestore client of a process; it is shared by threads."""

from __future__ import annotations

from functools import cache

from google.cloud import firestore

from shared.adapters.firestore.keys import FirestoreKeys
from shared.adapters.firestore.recordings import FirestoreRecordings
from shared.settings import settings


@cache
def firestore_client() -> firestore.Client:
    """The client."""
    return firestore.Client(project=settings().project)


def recordings() -> FirestoreRecordings:
    return FirestoreRecordings(firestore_client())


def keys() -> FirestoreKeys:
    return FirestoreKeys(firestore_client())
