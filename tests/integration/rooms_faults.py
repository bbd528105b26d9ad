"""What may go wrong around a room's recording: faults of a plan, and a provider that is late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.ports.meetings import Meetings, MeetingUnavailable, ProviderRecording
from shared.wiring import wired

START = {"method": "POST", "path": "*/recordings"}
STOP = {"method": "PUT", "path": "*/recordings/"}
ASK = {"method": "GET", "path": "*/recordings"}
FILE = {"method": "GET", "path": "/media/"}
HOT_PUT = {"method": "PUT", "path": "/*/rooms/"}
COMPLETE = {"method": "POST", "path": "/*/rooms/"}
STEPS = ("steps_import_recording", "steps_archive_recording", "tasks_sync_recording")


def _kit(at: str, do: str, match: dict[str, str], **options: Any) -> dict[str, Any]:
    return {"part": "realtimekit", "at": at, "do": do, "match": match, **options}


#: The provider: answers that are late, lost or wrong, and files that break off.
PROVIDER = (
    _kit("call", "fail", START, status=503),
    _kit("call", "fail", START, status=429),
    _kit("answer", "fail", START, status=500),
    _kit("answer", "cut", START, after_bytes=0),
    _kit("answer", "cut", START, after_bytes=20),
    _kit("answer", "stall", START, delay_s=0.5),
    _kit("call", "stall", START, delay_s=0.3),
    _kit("call", "fail", STOP, status=503),
    _kit("answer", "fail", STOP, status=502),
    _kit("answer", "cut", STOP, after_bytes=0),
    _kit("call", "fail", ASK, status=503),
    _kit("call", "fail", ASK, status=429),
    _kit("answer", "cut", ASK, after_bytes=10),
    _kit("call", "fail", FILE, status=503),
    _kit("answer", "cut", FILE, after_bytes=0),
    _kit("answer", "cut", FILE, after_bytes=50_000),
)
#: Its webhooks, as far as it sends them by itself.
WEBHOOKS = (
    _kit("deliver", "duplicate", {}, delay_s=0.0),
    _kit("deliver", "duplicate", {}, delay_s=0.5),
    _kit("deliver", "delay", {}, delay_s=0.5),
    _kit("deliver", "drop", {}),
    _kit("deliver", "reorder", {}),
    _kit("deliver", "fail", {}, status=503),
)
#: Our queues.
QUEUES = tuple(
    {"part": "tasks", "at": "deliver", "match": {"function": function}, **action}
    for function in STEPS
    for action in (
        {"do": "duplicate", "delay_s": 0.0},
        {"do": "duplicate", "delay_s": 0.4},
        {"do": "delay", "delay_s": 0.3},
        {"do": "drop"},
        {"do": "fail", "status": 503},
    )
)
#: Both stores: the second kind has done what it says that it has not.
STORES = (
    {"part": "s3", "at": "call", "do": "fail", "match": HOT_PUT, "status": 503},
    {"part": "s3", "at": "answer", "do": "fail", "match": HOT_PUT, "status": 500},
    {"part": "s3", "at": "answer", "do": "fail", "match": COMPLETE, "status": 500},
    {"part": "s3", "at": "answer", "do": "cut", "match": {"method": "GET", "path": "/*/rooms/"}, "after_bytes": 1_000},
)
FAULTS = (*PROVIDER, *WEBHOOKS, *QUEUES, *STORES)
#: Workers that die with all their requests: the work is done, and nobody hears of it.
CRASHES = tuple(
    {"part": "functions", "at": "answer", "match": {"function": function}, "do": "crash"} for function in STEPS[:2]
)


class Belated:
    """The provider, which begins only when it was asked already what is under way, and knew of nothing."""

    def __init__(self) -> None:
        self._meetings: Meetings = wired(Meetings)
        self._start: Callable[[], object] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._meetings, name)

    def start_recording(self, meeting_id: str, **how: Any) -> ProviderRecording:
        self._start = lambda: self._meetings.start_recording(meeting_id, **how)
        raise MeetingUnavailable

    def active_recording(self, meeting_id: str) -> ProviderRecording | None:
        found = self._meetings.active_recording(meeting_id)
        assert self._start is not None
        self._start()
        return found
