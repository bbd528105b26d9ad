"""Give a recording what browsers need to seek in it, without encoding it again.

What MediaRecorder makes has no duration and no cues: a player shows neither length nor position, and moviepy
refuses it. Copying the packets into a fresh container mends both, in the time of a file copy.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Literal

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from shared.media.errors import UnreadableMedia
from shared.media.facts import MediaFacts
from shared.media.probe import nothing_recorded, probe
from shared.media.reader import OnProgress, OpenMedia, open_media

_WEBM_CODECS = frozenset({"vp8", "vp9", "av1", "libdav1d", "opus", "libopus", "vorbis"})
# Cues and moov go to the front, so that a player needs no second request for the end of the file.
_MUXER_OPTIONS = {
    "webm": {"cues_to_front": "1", "avoid_negative_ts": "make_non_negative"},
    "mp4": {"movflags": "+faststart"},
}
_MOMENT_S = Fraction(1, 1000)
# What muxers say of packets that contradict themselves; a full disk is another error and stays one.
_REFUSED_PACKET = (av.ArgumentError, av.InvalidDataError, av.PatchWelcomeError)


def remux(source: BinaryIO, target: Path, *, on_progress: OnProgress) -> MediaFacts:
    """Copy the first video and the first audio track into a seekable file and return what is true of that.

    WebM becomes WebM; MP4 and MOV become MP4; Matroska becomes what its codecs belong to. The first picture
    or sound is at zero, both tracks keep their distance, and times never go back. A file that was cut is kept
    up to the cut.

    Args:
        source: WebM, Matroska, MP4 or MOV, seekable.
        target: written whole or not at all.
        on_progress: called about twice per second; what it raises ends the work. The last pass, which moves
            the cues to the front, calls nothing: it takes the time of one file copy.

    Raises:
        UnreadableMedia: with one of the codes of `shared.media.errors`.
    """
    try:
        with open_media(source) as media:
            _copy(media, target, on_progress)
        with target.open("rb") as written:
            return probe(written, on_progress=on_progress)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(media: OpenMedia, target: Path, on_progress: OnProgress) -> None:
    try:
        _copy_packets(media, target, on_progress)
    except _REFUSED_PACKET as error:
        raise UnreadableMedia("malformed", "The file has packets that no container takes.") from error


def _copy_packets(media: OpenMedia, target: Path, on_progress: OnProgress) -> None:
    family = _family(media)
    origin_s = max(Fraction(media.av.start_time or 0, av.time_base), Fraction(0))
    with av.open(str(target), "w", format=family, container_options=_MUXER_OPTIONS[family]) as output:
        tracks = _open_tracks(media, output, origin_s)
        is_empty = True
        for packet in media.packets(on_progress):
            output.mux(tracks[packet.stream_index].retime(packet))
            is_empty = False
    if is_empty:
        raise nothing_recorded()


def _family(media: OpenMedia) -> Literal["webm", "mp4"]:
    if media.container in ("mp4", "mov"):
        return "mp4"
    codecs = {stream.codec_context.name for stream in media.streams}
    return "webm" if codecs <= _WEBM_CODECS else "mp4"


def _open_tracks(media: OpenMedia, output: OutputContainer, origin_s: Fraction) -> "dict[int, _Track]":
    try:
        tracks = {stream.index: _Track(stream, output, origin_s) for stream in media.streams}
        output.start_encoding()
    except (ValueError, av.PatchWelcomeError) as error:
        raise UnreadableMedia("unsupported_codec", "No browser plays a file with these codecs.") from error
    return tracks


class _Track:
    """One track on its way from the old container to the new one."""

    def __init__(self, stream: Stream, output: OutputContainer, origin_s: Fraction) -> None:
        self._target = output.add_stream_from_template(stream)
        self._shift = round(origin_s / (stream.time_base or 1))
        self._moment = max(round(_MOMENT_S / (stream.time_base or 1)), 1)
        self._last_dts: int | None = None

    def retime(self, packet: "Packet[Any]") -> "Packet[Any]":
        """Shift a packet to the common start, with decoding times that always grow, as muxers require."""
        if self._last_dts is None:
            # A picture that is alone often does not say how long it stands, and players refuse a file of no duration.
            packet.duration = packet.duration or self._moment
        dts = self._next_dts(packet)
        pts = dts if packet.pts is None else max(packet.pts - self._shift, dts)
        packet.dts, packet.pts = dts, pts
        packet.stream = self._target
        self._last_dts = dts
        return packet

    def _next_dts(self, packet: "Packet[Any]") -> int:
        earliest = None if self._last_dts is None else self._last_dts + 1
        if packet.dts is not None:
            dts = packet.dts - self._shift
            return dts if earliest is None else max(dts, earliest)
        pts = (packet.pts or 0) - self._shift
        return pts if earliest is None else min(pts, earliest)
