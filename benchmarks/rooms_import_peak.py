"""Import one file, or only download it, and print the seconds and the peak of the process in kilobytes.

python -m benchmarks.rooms_import_peak import|download SOURCE_URL STORE_URL
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial
from typing import cast
from urllib.parse import urlsplit
from uuid import uuid4

import requests

from benchmarks.memory import peak_kb
from benchmarks.timing import seconds
from shared.adapters.downloads import GuardedDownloads
from shared.adapters.s3.client import Place
from shared.adapters.s3.files import S3Files
from shared.ports.meetings import Meetings, ProviderRecording, ProviderState
from shared.ports.rooms import Rooms
from shared.recordings.codec import to_plain
from shared.recordings.files import Tier
from shared.recordings.recording import Family, Recording, State
from shared.rooms.domain import RoomRecordingDetails
from shared.rooms.files.importing import import_recording
from shared.wiring import wired

_READ_BYTES = 1024 * 1024
_RUN = "benchmark"


class _Provider:
    """A meeting service that has one recording."""

    def __init__(self, url: str) -> None:
        self._url = url

    def find_recording(self, recording_id: str) -> ProviderRecording:
        return ProviderRecording(id=recording_id, state=ProviderState.UPLOADED, download_url=self._url)


class _Nobody:
    """Waits for nothing."""

    def check(self) -> None:
        return

    def report(self, _: str) -> None:
        return


def _import(source_url: str, store_url: str) -> None:
    place = Place(
        setting="R2",
        bucket="benchmark",
        url=store_url,
        region="auto",
        access_key_id="test",
        secret_access_key="test",  # noqa: S106 - of no service
    )
    recording = _recording()
    rooms: Rooms = wired(Rooms)
    rooms.transact(lambda transaction: transaction.save(recording))
    import_recording(
        recording,
        run_id=_RUN,
        progress=_Nobody(),
        meetings=cast(Meetings, _Provider(source_url)),
        downloads=GuardedDownloads([urlsplit(source_url).netloc]),
        files=S3Files(place, Tier.HOT),
        rooms=rooms,
    )
    rooms.transact(lambda transaction: transaction.remove(recording))


def _recording() -> Recording:
    now = datetime.now(UTC)
    details = RoomRecordingDetails(room_id="room", room_name="room", meeting_id="meeting", provider_id="recording")
    return Recording(
        id=f"rec_{uuid4().hex}",
        family=Family.ROOMS,
        tenant_id="benchmarks",
        user_id="benchmarks",
        state=State.PROCESSING,
        created_at=now,
        updated_at=now,
        current_run=_RUN,
        details=to_plain(details),
    )


def _download(source_url: str, _: str) -> None:
    with requests.get(source_url, stream=True, timeout=60) as answer:
        while answer.raw.read(_READ_BYTES):
            pass


if __name__ == "__main__":
    work = _import if sys.argv[1] == "import" else _download
    took_s = seconds(partial(work, *sys.argv[2:]))
    print(took_s, peak_kb())
