"""How fast a long recording's events come out, and in how much memory."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from statistics import median
from urllib.parse import urlencode

import requests

from benchmarks import client
from benchmarks.function_process import FLOORS, served
from benchmarks.report import Figure, Limit, Section
from benchmarks.sample import create_body, create_body_gzip
from benchmarks.timing import alternate, seconds
from shared import ports
from shared.capture.domain import CaptureDetails
from shared.capture.service import details_of
from shared.wiring import wired

MEGABYTE = 1_000_000
EVENTS_BYTES = 200 * MEGABYTE
PIECE_BYTES = 256 * 1024
TURNS, INFLATED_TURNS, PROCESSES = 15, 3, 3
MEMORY_LIMIT = Limit("≤", 32)


def run() -> Section:
    tiny = _path(client.create(client.platform_url(), create_body())["id"])
    with served("capture_create_recording") as create:
        id: str = client.create(create.url, create_body_gzip(events_bytes=EVENTS_BYTES), encoding="gzip")["id"]
    details = details_of(wired(ports.Recordings).find(id))
    growths = {
        encoding: [_peak_growth(tiny, _path(id), encoding) for _ in range(PROCESSES)]
        for encoding in ("gzip", "identity")
    }
    return Section(
        title="Stream 200 MB of events",
        method="`capture_stream_events`, a bare function that passes on what a signed URL of the same object answers, "
        "and that URL itself (the local Cloud Storage) are read in turns by one client, which takes the bytes as they "
        "come. Memory: how far the highest resident size of a fresh process exceeds the one after a short recording.",
        figures=[
            *_throughput(_path(id), details),
            Figure(
                what="memory growth, gzip",
                value=median(growths["gzip"]),
                unit="MB",
                n=PROCESSES,
                limit=MEMORY_LIMIT,
            ),
            Figure(
                what="memory growth, inflated",
                value=median(growths["identity"]),
                unit="MB",
                n=PROCESSES,
                limit=MEMORY_LIMIT,
            ),
        ],
    )


def _throughput(path: str, details: CaptureDetails) -> list[Figure]:
    signed_url = wired(ports.Media).signed_get(details.events, lifetime=timedelta(hours=1))
    stored_mb, inflated_mb = details.events.size_bytes / MEGABYTE, details.events_bytes / MEGABYTE
    with served("capture_stream_events") as function, served("pass_on", FLOORS) as bare:
        urls = (function.url + path, f"{bare.url}?{urlencode({'url': signed_url})}", signed_url)
        measures = [partial(seconds, partial(_download, url, "gzip")) for url in urls]
        alternate(1, *measures)
        our_times, *floors = alternate(TURNS, *measures)
        inflated = partial(_download, function.url + path, "identity")
        (inflated_times,) = alternate(INFLATED_TURNS, partial(seconds, inflated))
    return [
        *(
            Figure(
                what=f"throughput, gzip ({stored_mb:.0f} MB stored), over {name}",
                value=stored_mb / median(our_times),
                floor=stored_mb / median(floor_times),
                unit="MB/s",
                n=TURNS,
                limit=Limit("≥", 0.8),
            )
            for name, floor_times in zip(("a bare function", "the signed URL"), floors, strict=True)
        ),
        Figure(
            what=f"throughput, inflated ({inflated_mb:.0f} MB)",
            value=inflated_mb / median(inflated_times),
            unit="MB/s",
            n=INFLATED_TURNS,
        ),
    ]


def _peak_growth(tiny: str, large: str, encoding: str) -> float:
    """By how many MB a fresh process grows while it streams."""
    with served("capture_stream_events") as function:
        _download(function.url + tiny, encoding)
        return function.peak_growth_bytes(partial(_download, function.url + large, encoding)) / MEGABYTE


def _path(id: str) -> str:
    return f"{client.RECORDINGS}/{id}/events"


def _download(url: str, encoding: str) -> int:
    """Read all of an answer as it comes over the wire; returns its size in bytes."""
    is_ours = client.RECORDINGS in url  # a signed URL takes no other credentials
    headers = {"Accept-Encoding": encoding, **(client.authorization() if is_ours else {})}
    size = 0
    with requests.get(url, headers=headers, stream=True, timeout=client.TIMEOUT_S) as answer:
        answer.raise_for_status()
        while piece := answer.raw.read(PIECE_BYTES, decode_content=False):
            size += len(piece)
    return size
