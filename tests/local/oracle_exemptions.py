"""Which checks are of our server only, because Google's emulator is known to differ in them."""

import pytest

OURS, GOOGLE = "ours", "google"

NO_INDEXES = "it answers without an index"
NO_EXPIRY = "it expires nothing"
LOCKS = "it locks what a transaction reads, so that whoever else writes it waits and fails, not the transaction"


def only_ours(reason: str) -> pytest.MarkDecorator:
    """Keep a test of the fixture `firestore_server` from Google's emulator: the reason says how that differs."""
    return pytest.mark.parametrize("firestore_server", [pytest.param(OURS, id=OURS)], indirect=True)
