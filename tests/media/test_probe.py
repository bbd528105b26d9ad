"""What `probe` says of good and of broken files."""

import io

import pytest

from shared.media.errors import UnreadableMedia
from shared.media.facts import AudioFacts, VideoFacts
from shared.media.probe import probe
from tests.media.hostile import empty_movie
from tests.media.sources import FailingSource
from tests.media.videos import HEIGHT, WIDTH, make_browser_webm, make_media, make_mp4


def _code_of(content: bytes) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        probe(io.BytesIO(content))
    return caught.value.code


def test_a_browsers_webm_without_duration_is_measured_by_its_packets() -> None:
    webm = make_browser_webm()

    facts = probe(io.BytesIO(webm))

    assert facts.container == "webm"
    assert facts.duration_ms == pytest.approx(3000, abs=5)
    assert facts.size_bytes == len(webm)
    assert facts.video == VideoFacts("vp8", WIDTH, HEIGHT, frame_count=30, average_fps=10.0)
    assert facts.audio == AudioFacts("opus", 48_000, channels=1)


@pytest.mark.parametrize(
    ("content", "container", "video", "audio"),
    [
        (make_media("webm", video="libvpx-vp9"), "webm", "vp9", "opus"),
        (make_media("matroska", video="libx264", audio="aac"), "matroska", "h264", "aac"),
        (make_mp4(), "mp4", "h264", "aac"),
        (make_mp4("mov"), "mov", "h264", "aac"),
        (make_media("mov", video="libx264", audio="pcm_s16le"), "mov", "h264", "pcm_s16le"),
    ],
    ids=["vp9", "matroska", "mp4", "mov", "pcm"],
)
def test_container_and_codecs_are_told_from_the_bytes(content: bytes, container: str, video: str, audio: str) -> None:
    facts = probe(io.BytesIO(content))

    assert (facts.container, facts.video and facts.video.codec) == (container, video)
    assert facts.audio
    assert facts.audio.codec == audio
    assert facts.duration_ms == pytest.approx(3000, abs=25)


def test_a_fragmented_mp4_is_measured_by_its_fragments() -> None:
    content = make_mp4(movflags="frag_keyframe+empty_moov+default_base_moof", codec_options={"bf": "0"})

    facts = probe(io.BytesIO(content))

    assert facts.video
    assert facts.video.frame_count == 30
    assert facts.duration_ms == pytest.approx(3000, abs=50)


def test_sound_alone_and_pictures_alone_are_media() -> None:
    sound = probe(io.BytesIO(make_browser_webm(video=None)))
    pictures = probe(io.BytesIO(make_browser_webm(audio=None)))

    assert sound.video is None
    assert sound.duration_ms == pytest.approx(3000, abs=5)
    assert pictures.audio is None
    assert pictures.duration_ms == pytest.approx(3000, abs=5)


def test_a_single_picture_has_no_frame_rate() -> None:
    facts = probe(io.BytesIO(make_browser_webm(times_ms=(0,), audio=None)))

    assert facts.video
    assert facts.video.frame_count == 1
    assert facts.video.average_fps is None


def test_a_recording_that_starts_late_lasts_from_its_first_packet() -> None:
    webm = make_browser_webm(times_ms=range(60_000, 63_000, 100), audio_ms=(60_000, 63_000))

    assert probe(io.BytesIO(webm)).duration_ms == pytest.approx(3000, abs=10)


def test_a_jump_of_three_hours_between_two_pictures_is_three_hours() -> None:
    webm = make_browser_webm(times_ms=(0, 1000, 10_800_000), audio=None)

    facts = probe(io.BytesIO(webm))

    assert facts.duration_ms == pytest.approx(10_800_000, abs=200)
    assert facts.video
    assert facts.video.frame_count == 3


def test_a_webm_that_was_cut_is_measured_up_to_the_cut() -> None:
    webm = make_browser_webm()

    facts = probe(io.BytesIO(webm[: len(webm) // 2]))

    assert 1000 < facts.duration_ms < 2000
    assert facts.video
    assert 10 < facts.video.frame_count < 20


def test_an_mp4_with_its_table_first_is_measured_up_to_the_cut() -> None:
    mp4 = make_mp4(movflags="faststart")

    facts = probe(io.BytesIO(mp4[: len(mp4) // 2]))

    assert 1000 < facts.duration_ms < 2500


@pytest.mark.parametrize("missing_bytes", [20, 2000, 20_000])
def test_an_mp4_that_lost_its_end_is_truncated(missing_bytes: int) -> None:
    assert _code_of(make_mp4()[:-missing_bytes]) == "truncated"


def test_a_webm_that_ends_in_its_header_is_truncated() -> None:
    assert _code_of(make_browser_webm()[:200]) == "truncated"


def test_no_bytes_are_empty() -> None:
    assert _code_of(b"") == "empty"


def test_tracks_without_a_packet_are_empty() -> None:
    webm = make_browser_webm()

    assert _code_of(webm[: webm.index(b"\x1f\x43\xb6\x75") + 20]) == "empty"


def test_a_movie_without_tracks_has_no_media_stream() -> None:
    assert _code_of(empty_movie()) == "no_media_stream"


def test_a_title_in_an_old_encoding_does_no_harm() -> None:
    webm = make_media(metadata={"title": "Grusse"}).replace(b"Grusse", b"Gr\xfc\xdfe ")

    assert probe(io.BytesIO(webm)).video is not None


@pytest.mark.parametrize("readable_bytes", [0, 10_000, 25_000])
def test_a_failing_source_is_its_own_error_and_never_the_end_of_the_file(readable_bytes: int) -> None:
    source = FailingSource(make_browser_webm(), readable_bytes)

    with pytest.raises(ConnectionResetError):
        probe(source)


def test_what_the_progress_callback_raises_ends_the_work() -> None:
    def cancel() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        probe(io.BytesIO(make_browser_webm()), on_progress=cancel)
