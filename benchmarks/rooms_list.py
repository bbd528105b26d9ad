"""What a page of a long list costs that is counted off by `offset`, and says how long the whole list is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from benchmarks import client
from benchmarks.function_process import FunctionProcess, served
from benchmarks.list_recordings import make_key, reads_of, save_all
from benchmarks.report import Figure, Limit, Section
from benchmarks.timing import alternate, milliseconds, seconds
from shared.recordings.codec import to_plain
from shared.recordings.recording import Family, Recording, State
from shared.rooms.domain import RoomRecordingDetails
from shared.structs import replace

COUNT, FAR = 10_000, 9_000
PAGE_SIZES = (20, 100)
WARM_UP, TURNS = 3, 30
#: A count reads the index, and is charged as one document for every thousand entries; the key of the caller is one.
COUNTING, CALLER = COUNT // 1000, 1


def run() -> Section:
    tenant = f"benchmark-{uuid4()}"
    save_all([_recording(tenant, number) for number in range(COUNT)])
    key = make_key(tenant)
    with served("rooms_list_recordings") as function:
        figures = [figure for size in PAGE_SIZES for figure in _figures(function, key, size)]
    return Section(
        title=f"List {COUNT:,} recordings of rooms",
        method=f"`rooms_list_recordings`, in a process of its own, is asked in turns for the first page and for the "
        f"one with `offset={FAR}` of a tenant that has {COUNT:,}; documents read as Firestore counted them: those "
        f"that `offset` passes over, those of the page, one for every 1,000 of `total`, and the caller's key.",
        figures=figures,
    )


def _figures(function: FunctionProcess, key: str, size: int) -> list[Figure]:
    path = f"{client.RECORDINGS}?limit={size}"
    look = partial(client.get, function.connect(), headers=client.authorization(key))
    first, far = partial(look, path), partial(look, f"{path}&offset={FAR}")
    alternate(WARM_UP, partial(seconds, first), partial(seconds, far))
    first_times, far_times = alternate(TURNS, partial(seconds, first), partial(seconds, far))
    return [
        _reads(f"first page, limit {size}", first, size),
        _reads(f"page at offset {FAR:,}, limit {size}", far, FAR + size),
        Figure(
            what=f"p50 of the page at offset {FAR:,} over that of the first, limit {size}",
            unit="ms",
            values=milliseconds(far_times),
            floors=milliseconds(first_times),
        ),
    ]


def _reads(which: str, look: Callable[[], object], passed: int) -> Figure:
    return Figure(
        what=f"documents read for the {which}",
        unit="reads",
        values=reads_of(look),
        limit=Limit("≤", passed + COUNTING + CALLER),
    )


def _recording(tenant: str, number: int) -> Recording:
    at = datetime.now(UTC) - timedelta(minutes=number)
    details = RoomRecordingDetails(
        room_id="room_benchmark0000001",
        room_name="A room",
        meeting_id=str(uuid4()),
        provider_id=str(uuid4()),
        started_at=at,
        stopped_at=at,
        ended_at=at,
        duration_seconds=3600,
        size_bytes=500_000_000,
    )
    made = Recording(
        id=f"rec_{uuid4().hex[:20]}",
        family=Family.ROOMS,
        tenant_id=tenant,
        user_id="benchmark",
        state=State.READY,
        created_at=at,
        updated_at=at,
    )
    return replace(made, details=to_plain(details))
