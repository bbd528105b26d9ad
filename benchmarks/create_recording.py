"""What a large create costs over parsing, compressing and uploading its body."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import requests

from benchmarks import client
from benchmarks.function_process import FLOORS, FunctionProcess, served
from benchmarks.report import Figure, Limit, Section
from benchmarks.sample import create_body
from benchmarks.timing import alternate, milliseconds

MEGABYTE = 1_000_000
BODY_BYTES = 10 * MEGABYTE
TURNS = 9
PROCESSES = 3


def run() -> Section:
    body = create_body(events_bytes=BODY_BYTES)
    growths = [_peak_growth(body) for _ in range(PROCESSES)]
    with served("capture_create_recording") as ours, served("store_events", FLOORS) as floor:
        measures = (
            partial(ours.cpu_s, partial(client.create, ours.url, body)),
            partial(floor.cpu_s, partial(_store, floor, body)),
        )
        alternate(1, *measures)
        our_times, floor_times = alternate(TURNS, *measures)
    return Section(
        title="Create with 10 MB of events",
        method="`capture_create_recording` and a bare function that parses the same body once (msgspec, raw events), "
        "compresses it (zlib, level 6) and uploads the result by the same client are called in turns; CPU time of the "
        "process. Memory: how far the highest resident size of a fresh process exceeds the one after a tiny create.",
        figures=[
            Figure(
                what="CPU of a create",
                unit="ms",
                values=milliseconds(our_times),
                floors=milliseconds(floor_times),
                limit=Limit("≤", 2.0),
            ),
            Figure(
                what="peak memory of a create, over the body",
                unit="MB",
                values=growths,
                floors=[len(body) / MEGABYTE] * PROCESSES,
                limit=Limit("≤", 4.0),
            ),
        ],
    )


def _peak_growth(body: bytes) -> float:
    """By how many MB a fresh process grows while it takes the body."""
    with served("capture_create_recording") as function:
        client.create(function.url, create_body())
        return function.peak_growth_bytes(partial(client.create, function.url, body)) / MEGABYTE


def _store(floor: FunctionProcess, body: bytes) -> None:
    name = f"benchmark-{uuid4()}"
    requests.post(f"{floor.url}/{name}", data=body, timeout=client.TIMEOUT_S).raise_for_status()
