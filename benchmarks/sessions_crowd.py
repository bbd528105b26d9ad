"""How fast the API answers while twenty screen recordings are being processed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from statistics import quantiles
from urllib.parse import urlsplit

import requests

from benchmarks import client
from benchmarks.report import Figure, Limit, Section
from benchmarks.sessions_platform import SessionsApi, first_seconds, sessions_platform
from benchmarks.timing import milliseconds, seconds

CROWD = 20
LENGTH_S = 10
LIMIT_MS = 100
BETWEEN_LOOKS_S = 0.05
HIGHEST = 18  # of the 19 cut points between twentieths: the 95th percentile


def run() -> Section:
    video = first_seconds(LENGTH_S)
    with sessions_platform() as api:
        api.post("warm up", video).raise_for_status()
        began = time.perf_counter()
        with ThreadPoolExecutor(CROWD) as pool:
            uploads = [pool.submit(api.post, f"film {number}", video) for number in range(CROWD)]
            looks = _look_until_done(api, uploads)
            complete = sum(upload.result().status_code == 200 for upload in uploads)
        took_s = time.perf_counter() - began
    return Section(
        title=f"{CROWD} uploads at once",
        method=f"{CROWD} recordings of {LENGTH_S} s are sent at the same moment, each by a client that waits for its "
        f"session; another one asks for `/status` all the while ({len(looks):,} times), over one connection.",
        figures=[
            Figure(
                what="p95 of `/status` meanwhile",
                unit="ms",
                values=[quantiles(milliseconds(looks), n=20)[HIGHEST]],
                limit=Limit("≤", LIMIT_MS),
            ),
            Figure(what="p50 of `/status` meanwhile", unit="ms", values=milliseconds(looks)),
            Figure(
                what="uploads answered with a complete session", unit="", values=[complete], limit=Limit("≥", CROWD)
            ),
            Figure(what="all of them", unit="s", values=[took_s]),
        ],
    )


def _look_until_done(api: SessionsApi, uploads: Sequence[Future[requests.Response]]) -> list[float]:
    """Ask how far the newest session is, again and again; returns how long each answer took, in seconds."""
    newest = next(iter(api.get("/sessions")))["id"]
    url = urlsplit(api.url)
    connection = HTTPConnection(url.netloc, timeout=client.TIMEOUT_S)
    look = partial(client.get, connection, f"{url.path}/sessions/{newest}/status", api.authorization)
    looks = []
    while not all(upload.done() for upload in uploads):
        looks.append(seconds(look))
        time.sleep(BETWEEN_LOOKS_S)
    return looks
