"""Collections for examples, which Hypothesis runs many of in one test."""

from itertools import count
from typing import Any

_numbers = count()


def unused_collections(clients: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a collection of each client, of the same id, that nobody has used."""
    id = f"unused{next(_numbers)}"
    ours, google = clients
    return ours.collection(id), google.collection(id)
