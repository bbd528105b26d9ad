"""What our edge adds to a look at one recording."""

from __future__ import annotations

from functools import partial

from benchmarks import client
from benchmarks.function_process import FLOORS, served
from benchmarks.report import Figure, Limit, Section
from benchmarks.sample import create_body
from benchmarks.timing import alternate, milliseconds, seconds

WARM_UP, TURNS = 50, 400


def run() -> Section:
    recording = client.create(client.platform_url(), create_body())
    path = f"{client.RECORDINGS}/{recording['id']}"
    with served("capture_get_recording") as ours, served("read_document", FLOORS) as floor:
        look = partial(client.get, ours.connect(), path, client.authorization())
        read = partial(client.get, floor.connect(), path, {})
        calls = (partial(seconds, look), partial(seconds, read))
        alternate(WARM_UP, *calls)
        our_times, floor_times = alternate(TURNS, *calls)
    return Section(
        title="Look at a recording",
        method="`capture_get_recording` and a bare function that reads the same document and answers with its fields "
        "are asked in turns, each in a functions-framework process of its own over a kept connection.",
        figures=[
            Figure(
                what="p50 of `GET /api/v1/recordings/{id}`",
                unit="ms",
                values=milliseconds(our_times),
                floors=milliseconds(floor_times),
                limit=Limit("≤", 1.3),
            )
        ],
    )
