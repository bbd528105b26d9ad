"""Measure a media file: a browser's recording says neither how long it is nor how many pictures it has."""

from fractions import Fraction
from typing import Any, BinaryIO

import av
from av.packet import Packet

from shared.media.errors import UnreadableMedia
from shared.media.facts import AudioFacts, MediaFacts, VideoFacts
from shared.media.reader import OnProgress, OpenMedia, open_media
from shared.structs import Struct

_MAX_DURATION_S = 24 * 3600
_MAX_LAST_PICTURE_S = 1


def probe(source: BinaryIO, *, on_progress: OnProgress = lambda: None) -> MediaFacts:
    """Read every packet of a seekable file, decode none, and return what is true of it.

    Neither the name nor what the header claims is looked at. Memory stays small whatever the file claims
    to be; the time is that of reading the file once.

    Args:
        source: WebM, Matroska, MP4 or MOV.
        on_progress: called about twice per second; what it raises ends the work.

    Raises:
        UnreadableMedia: with one of the codes of `shared.media.errors`.
    """
    with open_media(source) as media:
        tallies = {stream.index: _Tally(stream.time_base or Fraction(1)) for stream in media.streams}
        for packet in media.packets(on_progress):
            tallies[packet.stream_index].add(packet)
        return _facts(media, tallies)


class _Tally(Struct):
    """What the packets of one track add up to; the times are presentation times in units of `time_base`."""

    time_base: Fraction
    frame_count: int = 0
    first: int = 0
    last: int = 0
    end: int = 0

    def add(self, packet: "Packet[Any]") -> None:
        if packet.is_discard:
            return
        at = packet.pts if packet.pts is not None else packet.dts or 0
        self.first = at if self.frame_count == 0 else min(self.first, at)
        self.last = at if self.frame_count == 0 else max(self.last, at)
        self.end = max(self.end, at + (packet.duration or 0))
        self.frame_count += 1

    @property
    def average_fps(self) -> float | None:
        if self.last <= self.first:
            return None
        return round(float((self.frame_count - 1) / ((self.last - self.first) * self.time_base)), 6)


def nothing_recorded() -> UnreadableMedia:
    """Return the error of a file with tracks and no packets: a recording that was stopped at once."""
    return UnreadableMedia("empty", "The file has tracks, but nothing was recorded in them.")


def _facts(media: OpenMedia, tallies: dict[int, _Tally]) -> MediaFacts:
    filled = {index: tally for index, tally in tallies.items() if tally.frame_count}
    if not filled:
        raise nothing_recorded()
    return MediaFacts(
        container=media.container,
        duration_ms=_duration_ms(list(filled.values()), media.av.duration),
        size_bytes=media.size_bytes,
        video=_video_facts(media, filled),
        audio=_audio_facts(media, filled),
    )


def _duration_ms(tallies: list[_Tally], claimed: int | None) -> int:
    # What lies before zero is the encoder's run-up: players do not present it.
    start_s = max(min(tally.first * tally.time_base for tally in tallies), Fraction(0))
    measured_s = max(max(tally.end * tally.time_base for tally in tallies) - start_s, Fraction(0))
    if measured_s > _MAX_DURATION_S:
        raise UnreadableMedia("malformed", "The file's timestamps span more than a day.")
    # A WebM's packets do not say how long the last picture stands; its header does.
    claimed_s = Fraction(claimed or 0, av.time_base)
    is_last_picture = measured_s < claimed_s <= measured_s + _MAX_LAST_PICTURE_S
    return round((claimed_s if is_last_picture else measured_s) * 1000)


def _video_facts(media: OpenMedia, tallies: dict[int, _Tally]) -> VideoFacts | None:
    if media.video is None or media.video.index not in tallies:
        return None
    tally = tallies[media.video.index]
    return VideoFacts(
        codec=media.video.codec_context.name,
        width=media.video.width,
        height=media.video.height,
        frame_count=tally.frame_count,
        average_fps=tally.average_fps,
    )


def _audio_facts(media: OpenMedia, tallies: dict[int, _Tally]) -> AudioFacts | None:
    if media.audio is None or media.audio.index not in tallies:
        return None
    codec = media.audio.codec_context
    return AudioFacts(codec=codec.name, sample_rate_hz=codec.sample_rate, channels=codec.channels)
