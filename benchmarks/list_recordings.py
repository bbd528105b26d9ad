"""What a page of a long list costs, at its beginning and far down."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import uuid4

from benchmarks import client
from benchmarks.function_process import FunctionProcess, served
from benchmarks.report import Figure, Limit, Section
from benchmarks.sample import create_body
from benchmarks.timing import alternate, milliseconds, seconds
from shared import ports
from shared.recordings.keys import issue_key
from shared.recordings.recording import Recording, State
from shared.structs import replace
from shared.wiring import wired

COUNT, FAR = 10_000, 9_000
PAGE_SIZES = (25, 100)
WARM_UP, TURNS, COUNTED_TURNS = 10, 100, 5
BATCH, WRITERS = 250, 4


def run() -> Section:
    tenant = f"benchmark-{uuid4()}"
    newest_first = _seed(tenant)
    key = make_key(tenant)
    with served("capture_list_recordings") as function:
        figures = [figure for size in PAGE_SIZES for figure in _figures(function, key, size, newest_first[FAR - 1])]
    return Section(
        title=f"List {COUNT:,} recordings",
        method=f"`capture_list_recordings`, in a process of its own, is asked in turns for the first page and for the "
        f"one behind the {FAR:,}th recording of a tenant that has {COUNT:,}; documents read as Firestore counted them.",
        figures=figures,
    )


def _figures(function: FunctionProcess, key: str, size: int, cursor: str) -> list[Figure]:
    path = f"{client.RECORDINGS}?limit={size}"
    look = partial(client.get, function.connect(), headers=client.authorization(key))
    first, far = partial(look, path), partial(look, f"{path}&cursor={cursor}")
    alternate(WARM_UP, partial(seconds, first), partial(seconds, far))
    reads = {"first page": reads_of(first), f"page at {FAR:,}": reads_of(far)}
    first_times, far_times = alternate(TURNS, partial(seconds, first), partial(seconds, far))
    return [
        *(
            Figure(
                what=f"documents read for a {which}, limit {size}",
                unit="reads",
                values=counts,
                limit=Limit("≤", size + 2),
            )
            for which, counts in reads.items()
        ),
        Figure(
            what=f"p50 of the page at {FAR:,} over that of the first, limit {size}",
            unit="ms",
            values=milliseconds(far_times),
            floors=milliseconds(first_times),
            limit=Limit("≤", 1.3),
        ),
    ]


def reads_of(look: Callable[[], object]) -> list[int]:
    """How many documents each of several requests reads; a job of the platform may read some as well."""
    counts = []
    for _ in range(COUNTED_TURNS):
        before = client.firestore_counts()["reads"]
        look()
        counts.append(client.firestore_counts()["reads"] - before)
    return counts


def _seed(tenant: str) -> list[str]:
    """Save many recordings like one that the API has made; returns their ids, the newest first."""
    made: Recording = wired(ports.Recordings).find(client.create(client.platform_url(), create_body())["id"])
    example = replace(made, tenant_id=tenant, state=State.READY, upload_deadline=None)
    recordings = [
        replace(example, id=str(uuid4()), created_at=made.created_at - timedelta(minutes=number))
        for number in range(COUNT)
    ]
    save_all(recordings)
    return [recording.id for recording in recordings]


def save_all(recordings: list[Recording]) -> None:
    """Save many recordings, a few batches at a time."""
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(_save, [recordings[start : start + BATCH] for start in range(0, len(recordings), BATCH)]))


def _save(recordings: list[Recording]) -> None:
    wired(ports.Recordings).transact(lambda transaction: transaction.save(*recordings))


def make_key(tenant: str) -> str:
    """A key of a tenant that nobody else has."""
    now = wired(ports.Clock).now()
    key, text = issue_key(
        tenant_id=tenant, user_id="benchmark", role="member", pepper=os.environ["PLAYHEAD_KEY_PEPPER"], now=now
    )
    wired(ports.Keys).save(key)
    return text
