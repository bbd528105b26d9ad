"""What is billed for a piece of work: what the local platform's servers count, as Google Cloud would."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks import client

#: What was used of each thing that is billed.
Bill = Mapping[str, int]


def billed_so_far() -> Bill:
    """What has been used since the platform started."""
    firestore, tasks, storage = client.firestore_counts(), client.task_counts(), client.storage_counts()
    return {
        "Firestore: documents read": firestore["reads"],
        "Firestore: documents written": firestore["writes"],
        "Firestore: documents deleted": firestore["deletes"],
        "Cloud Tasks: created": tasks["created"],
        "Cloud Tasks: dispatched": tasks["dispatched"],
        "Cloud Storage: class A operations": storage["class_a"],
        "Cloud Storage: class B operations": storage["class_b"],
        "Cloud Storage: free operations": storage["free"],
        "Cloud Storage: kB in": storage["bytes_in"] // 1000,
        "Cloud Storage: kB out": storage["bytes_out"] // 1000,
    }


def billed_since(before: Bill) -> Bill:
    """What has been used since then."""
    return {item: count - before[item] for item, count in billed_so_far().items()}
