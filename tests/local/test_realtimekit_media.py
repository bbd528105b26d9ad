"""The files of recordings, and requests that go wrong."""

import hashlib
import itertools
import urllib.parse
from pathlib import Path
from typing import Any

import cloudflare
import pytest
import requests

from tests.local.realtimekit_part import RealtimeKitPart

pytest_plugins = ["tests.local.realtimekit_fixtures"]

SAMPLE = Path(__file__).parents[2] / "demo" / "sample" / "video.webm"


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=5)


def with_media(kit: RealtimeKitPart, meeting: str, **media: object) -> Any:
    recording_id = kit.finished_recording(meeting).id
    kit.ask("PUT", f"/recordings/{recording_id}/media", media)
    return kit.recording(recording_id)


def test_the_file_of_a_recording_is_a_real_one(kit: RealtimeKitPart, meeting: str) -> None:
    recording = with_media(kit, meeting, path=str(SAMPLE), duration_s=19.85)

    assert (recording.file_size, recording.recording_duration) == (SAMPLE.stat().st_size, 20)
    assert get(recording.download_url).content == SAMPLE.read_bytes()


def test_a_server_can_have_one_file_for_all_recordings(own_kit: RealtimeKitPart) -> None:
    own_kit.start(media={"path": str(SAMPLE), "duration_s": 19.85})

    recording = own_kit.finished_recording(own_kit.new_meeting())

    assert recording.output_file_name.endswith(".webm")
    answer = get(recording.download_url)
    assert answer.headers["Content-Type"] == "video/webm"
    assert answer.content == SAMPLE.read_bytes()


@pytest.mark.parametrize("media", [{"path": str(SAMPLE)}, {"size_bytes": 3_000_000}], ids=["on_disk", "generated"])
def test_a_file_is_read_by_ranges_that_concatenate_to_the_whole(
    kit: RealtimeKitPart, meeting: str, media: dict[str, object]
) -> None:
    recording = with_media(kit, meeting, **media)
    whole = get(recording.download_url)
    cuts = [0, 1, 100_000, len(whole.content)]

    parts = [get(recording.download_url, Range=f"bytes={first}-{end - 1}") for first, end in itertools.pairwise(cuts)]

    assert b"".join(part.content for part in parts) == whole.content
    assert len(whole.content) == recording.file_size
    assert {part.status_code for part in parts} == {206}
    assert {part.headers["ETag"] for part in parts} == {whole.headers["ETag"]}
    assert parts[1].headers["Content-Range"] == f"bytes 1-99999/{len(whole.content)}"


def test_a_range_of_another_version_of_the_file_is_not_answered(kit: RealtimeKitPart, meeting: str) -> None:
    recording = with_media(kit, meeting, size_bytes=1000)
    before = get(recording.download_url).headers["ETag"]
    kit.ask("PUT", f"/recordings/{recording.id}/media", {"size_bytes": 1001})

    assert get(recording.download_url, **{"Range": "bytes=10-", "If-Range": before}).status_code == 200
    assert get(recording.download_url, **{"Range": "bytes=10-", "If-Match": before}).status_code == 412
    assert get(recording.download_url, Range="bytes=1001-").status_code == 416


def test_generated_files_are_the_same_every_time_and_differ_in_every_block(kit: RealtimeKitPart, meeting: str) -> None:
    recording = with_media(kit, meeting, size_bytes=3 * 1024 * 1024)

    first, second = get(recording.download_url).content, get(recording.download_url).content

    assert first == second
    blocks = {
        hashlib.sha256(first[start : start + 1024 * 1024]).digest() for start in range(0, len(first), 1024 * 1024)
    }
    assert len(blocks) == 3


def test_a_url_is_good_only_as_it_was_given_out_and_for_a_while(own_kit: RealtimeKitPart) -> None:
    own_kit.start(url_s=0)
    meeting = own_kit.new_meeting()
    expired = own_kit.finished_recording(meeting).download_url
    longer = urllib.parse.urlsplit(expired)._replace(query=f"expires=9999999999&{expired.rpartition('&')[2]}")

    assert get(expired).status_code == 403
    assert get(urllib.parse.urlunsplit(longer)).status_code == 403
    assert get(expired.partition("?")[0]).status_code == 403


def test_a_file_is_gone_after_seven_days(kit: RealtimeKitPart, meeting: str) -> None:
    recording = kit.finished_recording(meeting)
    kit.ask("POST", f"/recordings/{recording.id}/age", {"by_s": 7 * 24 * 3600 + 1})

    aged = kit.recording(recording.id)

    assert (aged.status, aged.download_url) == ("UPLOADED", None)
    assert get(recording.download_url).status_code == 404


def test_a_start_whose_answer_is_lost_has_begun(kit: RealtimeKitPart, meeting: str) -> None:
    starts = {"method": "POST", "path": "*/recordings"}
    with kit.armed("answer", "cut", match=starts, after_bytes=0), pytest.raises(cloudflare.APIConnectionError):
        kit.start_recording(meeting)

    assert len(kit.ask("GET", f"/meetings/{meeting}/recordings")) == 1


@pytest.mark.parametrize(("at", "begun"), [("call", 0), ("answer", 1)])
def test_a_start_that_fails_has_begun_or_not(kit: RealtimeKitPart, meeting: str, at: str, begun: int) -> None:
    starts = {"method": "POST", "path": "*/recordings"}
    with kit.armed(at, "fail", match=starts, status=503), pytest.raises(cloudflare.InternalServerError):
        kit.start_recording(meeting)

    assert len(kit.ask("GET", f"/meetings/{meeting}/recordings")) == begun


def test_a_download_can_be_cut(kit: RealtimeKitPart, meeting: str) -> None:
    recording = kit.finished_recording(meeting)

    cut = kit.armed("answer", "cut", match={"path": "/media/"}, after_bytes=1000)
    with cut, pytest.raises(requests.exceptions.RequestException):
        get(recording.download_url)


def test_a_crash_between_effect_and_answer_loses_the_answer_alone(own_kit: RealtimeKitPart) -> None:
    own_kit.start()
    meeting = own_kit.new_meeting()

    crash = own_kit.armed("answer", "crash", match={"method": "POST", "path": "*/recordings"})
    with crash, pytest.raises(cloudflare.APIConnectionError):
        own_kit.start_recording(meeting)
    own_kit.wait_for_its_end()
    own_kit.start()

    assert len(own_kit.ask("GET", f"/meetings/{meeting}/recordings")) == 1
