"""The one Firestore client of a process; it is shared by threads."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from google.cloud import firestore

from shared.adapters.firestore.keys import FirestoreKeys
from shared.adapters.firestore.recordings import FirestoreRecordings
from shared.settings import settings

if TYPE_CHECKING:  # other families do not load it
    from shared.adapters.firestore.rooms import FirestoreRooms


@cache
def _client() -> firestore.Client:
    return firestore.Client(project=settings().project)


def recordings() -> FirestoreRecordings:
    return FirestoreRecordings(_client())


def rooms() -> FirestoreRooms:
    from shared.adapters.firestore.rooms import FirestoreRooms

    return FirestoreRooms(_client())


def keys() -> FirestoreKeys:
    return FirestoreKeys(_client())
