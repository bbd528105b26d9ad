"""What `remux` makes of the files that browsers and phones send."""

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from shared.media.errors import UnreadableMedia
from shared.media.remux import remux
from tests.media.ebml import CLUSTER, CUES, has_duration, segment_children
from tests.media.sources import FailingSource
from tests.media.videos import make_browser_webm, make_media, make_mp4

CLUSTER_ID = b"\x1f\x43\xb6\x75"
BEFORE_THE_FIRST_PACKET = make_browser_webm().index(CLUSTER_ID) + 20


def _remux(content: bytes, target: Path) -> Any:
    return remux(io.BytesIO(content), target, on_progress=lambda: None)


def _times_s(path: Path, kind: str) -> list[float]:
    """Return the presentation times of a track's packets, in file order."""
    with av.open(str(path), "r") as container:
        packets = container.demux(**{kind: 0})
        return [float((packet.pts or 0) * packet.time_base) for packet in packets if packet.size]


def _payloads(content: bytes) -> list[bytes]:
    with av.open(io.BytesIO(content), "r") as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_browsers_webm_gets_a_duration_and_cues_in_front(tmp_path: Path) -> None:
    webm = make_browser_webm()
    assert not has_duration(webm)
    assert CUES not in [element for element, _, _ in segment_children(webm)]

    facts = _remux(webm, tmp_path / "video.webm")

    written = (tmp_path / "video.webm").read_bytes()
    order = [element for element, _, _ in segment_children(written)]
    assert has_duration(written)
    assert order.index(CUES) < order.index(CLUSTER)
    assert facts.container == "webm"
    assert facts.duration_ms == pytest.approx(3000, abs=10)


def test_nothing_is_encoded_again(tmp_path: Path) -> None:
    webm = make_browser_webm()

    _remux(webm, tmp_path / "video.webm")

    assert _payloads((tmp_path / "video.webm").read_bytes()) == _payloads(webm)


@pytest.mark.parametrize("at_ms", [0, 1500, 2900])
def test_a_remuxed_webm_can_be_sought_in(tmp_path: Path, at_ms: int) -> None:
    _remux(make_browser_webm(), tmp_path / "video.webm")

    with av.open(str(tmp_path / "video.webm")) as container:
        container.seek(at_ms * 1000)
        first = next(container.decode(video=0))

    # A keyframe is every second, so a seek ends less than a second before.
    assert at_ms - 1000 < round((first.time or 0) * 1000) <= at_ms


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_mp4_and_mov_become_an_mp4_with_its_table_in_front(tmp_path: Path, container: str) -> None:
    facts = _remux(make_mp4(container), tmp_path / "video.mp4")

    written = (tmp_path / "video.mp4").read_bytes()
    assert facts.container == "mp4"
    assert written.index(b"moov") < written.index(b"mdat")
    assert facts.duration_ms == pytest.approx(3000, abs=25)


def test_a_fragmented_mp4_becomes_a_whole_one(tmp_path: Path) -> None:
    fragmented = make_mp4(movflags="frag_keyframe+empty_moov+default_base_moof")

    _remux(fragmented, tmp_path / "video.mp4")

    written = (tmp_path / "video.mp4").read_bytes()
    assert b"moof" in fragmented
    assert b"moof" not in written


def test_h264_in_matroska_with_reordered_pictures_becomes_an_mp4(tmp_path: Path) -> None:
    matroska = make_media("matroska", video="libx264", audio="aac", codec_options={"bf": "3"})

    facts = _remux(matroska, tmp_path / "video.mp4")

    times_s = _times_s(tmp_path / "video.mp4", "video")
    assert facts.container == "mp4"
    assert times_s != sorted(times_s)
    assert [round(time_s, 2) for time_s in sorted(times_s)] == [number / 10 for number in range(30)]


def test_uncompressed_sound_of_a_mov_goes_into_the_mp4(tmp_path: Path) -> None:
    mov = make_media("mov", video="libx264", audio="pcm_s16le")

    facts = _remux(mov, tmp_path / "video.mp4")

    assert facts.container == "mp4"
    assert facts.audio.codec == "pcm_s16le"


@pytest.mark.parametrize("extra", [{"video": None}, {"audio": None}], ids=["sound alone", "pictures alone"])
def test_one_track_is_enough(tmp_path: Path, extra: dict[str, None]) -> None:
    facts = _remux(make_browser_webm(**extra), tmp_path / "media.webm")

    written = (tmp_path / "media.webm").read_bytes()
    assert facts.duration_ms == pytest.approx(3000, abs=10)
    assert has_duration(written)
    assert CUES in [element for element, _, _ in segment_children(written)]


def test_a_late_start_becomes_zero_and_both_tracks_keep_their_distance(tmp_path: Path) -> None:
    webm = make_browser_webm(times_ms=range(60_500, 63_000, 100), audio_ms=(60_000, 63_000))

    _remux(webm, tmp_path / "video.webm")

    assert _times_s(tmp_path / "video.webm", "audio")[0] == pytest.approx(0, abs=0.01)
    assert _times_s(tmp_path / "video.webm", "video")[0] == pytest.approx(0.5, abs=0.01)


def test_two_recordings_in_one_upload_never_go_back_in_time(tmp_path: Path) -> None:
    first, second = make_browser_webm(), make_browser_webm(times_ms=range(0, 1000, 100), audio_ms=(0, 1000))

    _remux(first + second[second.index(CLUSTER_ID) :], tmp_path / "video.webm")

    times_s = _times_s(tmp_path / "video.webm", "video")
    assert len(times_s) == 40
    assert all(earlier < later for earlier, later in pairwise(times_s))


def test_three_hours_between_two_pictures_cost_nothing(tmp_path: Path) -> None:
    webm = make_browser_webm(times_ms=(0, 1000, 10_800_000), audio=None)

    facts = _remux(webm, tmp_path / "video.webm")

    assert facts.duration_ms == pytest.approx(10_800_000, abs=200)
    assert facts.size_bytes < 10_000


def test_a_webm_that_was_cut_is_kept_up_to_the_cut(tmp_path: Path) -> None:
    webm = make_browser_webm()

    facts = _remux(webm[: len(webm) // 2], tmp_path / "video.webm")

    assert 1000 < facts.duration_ms < 2000
    with av.open(str(tmp_path / "video.webm")) as container:
        assert len(list(container.decode(video=0))) == facts.video.frame_count


def test_what_the_progress_callback_raises_ends_the_work_and_leaves_no_file(tmp_path: Path) -> None:
    def cancel() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        remux(io.BytesIO(make_browser_webm()), tmp_path / "video.webm", on_progress=cancel)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("readable_bytes", [0, 15_000])
def test_a_failing_source_is_its_own_error_and_leaves_no_file(tmp_path: Path, readable_bytes: int) -> None:
    source = FailingSource(make_browser_webm(), readable_bytes)

    with pytest.raises(ConnectionResetError):
        remux(source, tmp_path / "video.webm", on_progress=lambda: None)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"#EXTM3U\n", "not_a_video"),
        (make_mp4()[:-100], "truncated"),
        (make_browser_webm()[:BEFORE_THE_FIRST_PACKET], "empty"),
        (make_media("mov", video="prores_ks", audio=None, pixel_format="yuv422p10le"), "unsupported_codec"),
    ],
    ids=["no bytes", "playlist", "cut mp4", "no packets", "prores"],
)
def test_what_cannot_be_remuxed_says_why_and_leaves_no_file(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(UnreadableMedia) as caught:
        _remux(content, tmp_path / "video.webm")

    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []
