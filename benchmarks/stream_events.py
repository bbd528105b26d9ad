"""How fast a long recording's events come out, and in how much memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import requests

from benchmarks import client
from benchmarks.function_process import FLOORS, served
from benchmarks.report import Figure, Limit, Section
from benchmarks.sample import create_body, create_body_gzip
from benchmarks.timing import alternate
from shared import ports
from shared.capture.domain import CaptureDetails
from shared.capture.reading import details_of
from shared.wiring import wired

MEGABYTE = 1_000_000
EVENTS_BYTES = 200 * MEGABYTE
PIECE_BYTES = 256 * 1024
TURNS, INFLATED_TURNS, PROCESSES = 15, 5, 3


def run() -> Section:
    short = _path(client.create(client.platform_url(), create_body())["id"])
    with served("capture_create_recording") as create:
        id: str = client.create(create.url, create_body_gzip(events_bytes=EVENTS_BYTES), encoding="gzip")["id"]
    return Section(
        title="Stream 200 MB of events",
        method="`capture_stream_events`, a bare function that passes on what a signed URL of the same object answers, "
        "and that URL itself (the local Cloud Storage) are read in turns by one client, which takes the gzip bytes as "
        "they come or inflates them. What a function passes on is copied twice more than what storage sends itself: "
        "on one machine, where copying is all there is, that halves the throughput. Memory: how far the highest "
        "resident size of a fresh process exceeds the one after a short recording.",
        figures=[
            *_throughput(_path(id), details_of(wired(ports.Recordings).find(id))),
            _memory("to a client with gzip", short, _path(id), "gzip"),
            _memory("to a client without gzip", short, _path(id), "identity"),
        ],
    )


def _throughput(path: str, details: CaptureDetails) -> list[Figure]:
    signed_url = wired(ports.Media).signed_get(details.events, lifetime=timedelta(hours=1))
    with served("capture_stream_events") as function, served("pass_on", FLOORS) as bare:
        ours, passed_on = function.url + path, f"{bare.url}?{urlencode({'url': signed_url})}"
        taken = [_Download(url) for url in (ours, passed_on, signed_url)]
        inflated = [_Download(url, inflate=True) for url in (ours, signed_url)]
        plain = [_Download(ours, encoding="identity")]
        alternate(1, *taken)
        our_taken, bare_taken, direct_taken = alternate(TURNS, *taken)
        our_inflated, direct_inflated = alternate(INFLATED_TURNS, *inflated)
        (our_plain,) = alternate(INFLATED_TURNS, *plain)
    stored = f"gzip taken as it comes ({details.events.size_bytes / MEGABYTE:.0f} MB)"
    limit = Limit("≥", 0.8)
    return [
        _rate(f"{stored}, over a bare function", our_taken, bare_taken, limit),
        _rate(f"{stored}, over the signed URL", our_taken, direct_taken),
        _rate("gzip inflated by the client, over the signed URL", our_inflated, direct_inflated, limit),
        _rate("without gzip", our_plain),
    ]


def _rate(what: str, rates: list[float], floors: list[float] | None = None, limit: Limit | None = None) -> Figure:
    return Figure(what=f"throughput, {what}", unit="MB/s", values=rates, floors=floors, limit=limit)


def _memory(what: str, short: str, long: str, encoding: str) -> Figure:
    growths = [_peak_growth(short, long, encoding) for _ in range(PROCESSES)]
    return Figure(what=f"memory growth, {what}", unit="MB", values=growths, limit=Limit("≤", 32))


def _peak_growth(short: str, long: str, encoding: str) -> float:
    """By how many MB a fresh process grows while it streams the long recording."""
    with served("capture_stream_events") as function:
        _Download(function.url + short, encoding)()
        return function.peak_growth_bytes(_Download(function.url + long, encoding)) / MEGABYTE


def _path(id: str) -> str:
    return f"{client.RECORDINGS}/{id}/events"


@dataclass(frozen=True, slots=True)
class _Download:
    """A client that reads all of an answer, in pieces; returns its rate in MB/s of what it has read."""

    url: str
    encoding: str = "gzip"
    inflate: bool = False

    def __call__(self) -> float:
        is_ours = client.RECORDINGS in self.url  # a signed URL takes no other credentials
        headers = {"Accept-Encoding": self.encoding, **(client.authorization() if is_ours else {})}
        size, started = 0, time.perf_counter()
        with requests.get(self.url, headers=headers, stream=True, timeout=client.TIMEOUT_S) as answer:
            answer.raise_for_status()
            while piece := answer.raw.read(PIECE_BYTES, decode_content=self.inflate):
                size += len(piece)
        return size / MEGABYTE / (time.perf_counter() - started)
