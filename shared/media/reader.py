"""Open a media file that a stranger sent, and read its packets within bounds.

The container is decided by the file's first bytes and ffmpeg is told so: left to guess, it would also read
playlists (HLS, concat, SDP), which name other files and addresses to open. Nothing is decoded.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NoReturn

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from shared.media.boxes import check_boxes
from shared.media.errors import UnreadableMedia
from shared.media.facts import Container
from shared.structs import Struct

OnProgress = Callable[[], None]

_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
_EBML_DOC_TYPE = re.compile(rb"\x42\x82[\x80-\x8f](webm|matroska)")
_HEAD_BYTES = 4096
_OPTIONS = {
    "probesize": "5000000",
    "analyzeduration": "5000000",
    "codec_whitelist": "vp8,vp9,av1,libdav1d,h264,hevc,aac,opus,libopus,vorbis,mp3,mp3float",
}
_PULSE_S = 0.5
_MAX_PACKETS = 8_000_000
# Packets are slices of the file: if they add up to more than the file, slices are sent again and again.
_MAX_EXPANSION = 4


class OpenMedia(Struct, frozen=True):
    """An open file with the tracks that matter: the first of each kind, cover pictures aside."""

    container: Container
    size_bytes: int
    video: VideoStream | None
    audio: AudioStream | None
    av: InputContainer
    source: "_WatchedSource"

    @property
    def streams(self) -> list[Stream]:
        return [stream for stream in (self.video, self.audio) if stream is not None]

    def packets(self, on_progress: OnProgress) -> Iterator["Packet[Any]"]:
        """Yield the packets of both tracks in file order, up to the end or to where the file was cut.

        Raises:
            UnreadableMedia: `malformed`, when there are more packets than the file has bytes for.
            Exception: whatever the source raised; a failure to read is never taken for the end of the file.
        """
        pulse = _Pulse(on_progress)
        packet_bytes = 0
        for packet_count, packet in enumerate(self._demux()):
            pulse()
            packet_bytes += packet.size
            if packet_count > _MAX_PACKETS or packet_bytes > _MAX_EXPANSION * self.size_bytes:
                raise UnreadableMedia("malformed", "The file repeats its content beyond any recording.")
            if packet.size and not packet.is_corrupt and (packet.pts, packet.dts) != (None, None):
                yield packet

    def _demux(self) -> Iterator["Packet[Any]"]:
        packets = self.av.demux(self.streams)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                packet = None
            self.source.raise_failure()
            if packet is None:
                return
            yield packet


@contextmanager
def open_media(source: BinaryIO) -> Iterator[OpenMedia]:
    """Open a seekable file from its start.

    Raises:
        UnreadableMedia: `empty`, `not_a_video`, `truncated`, `no_media_stream` or `malformed`.
    """
    size_bytes = source.seek(0, 2)
    source.seek(0)
    container = _recognise(source.read(_HEAD_BYTES), size_bytes)
    if container in ("mp4", "mov"):
        check_boxes(source, size_bytes)
    source.seek(0)
    watched = _WatchedSource(source)
    with _open_container(watched, container) as opened:
        media = OpenMedia(
            container=container,
            size_bytes=size_bytes,
            video=next((stream for stream in opened.streams.video if _is_usable(stream)), None),
            audio=next((stream for stream in opened.streams.audio if _is_usable(stream)), None),
            av=opened,
            source=watched,
        )
        if not media.streams:
            raise _without_streams(opened)
        yield media


def _recognise(head: bytes, size_bytes: int) -> Container:
    if size_bytes == 0:
        raise UnreadableMedia("empty", "The file has no bytes.")
    if head.startswith(_EBML_MAGIC) and (doc_type := _EBML_DOC_TYPE.search(head)):
        return "webm" if doc_type[1] == b"webm" else "matroska"
    if head[4:8] == b"ftyp":
        return "mov" if head[8:12] == b"qt  " else "mp4"
    raise UnreadableMedia("not_a_video", "The file is neither WebM (Matroska) nor MP4 (MOV).")


def _open_container(source: "_WatchedSource", container: Container) -> InputContainer:
    demuxer = "matroska" if container in ("webm", "matroska") else "mp4"
    try:
        opened = av.open(
            source, "r", format=demuxer, options=_OPTIONS, io_open=_refuse_to_open, metadata_errors="replace"
        )
    except av.FFmpegError as error:
        source.raise_failure()
        if isinstance(error, av.InvalidDataError):
            raise UnreadableMedia("malformed", "The file's header cannot be read.") from error
        raise UnreadableMedia(
            "truncated", "The file ends before its first picture or sound: its upload is incomplete."
        ) from error
    source.raise_failure()
    return opened


def _refuse_to_open(*_: object) -> NoReturn:
    raise PermissionError("A media file may not open other files or addresses.")


def _is_usable(stream: VideoStream | AudioStream) -> bool:
    """Tell whether it is a track with a codec that ffmpeg knows, and no cover picture."""
    has_codec = stream.codec_context is not None
    return has_codec and not stream.disposition & av.stream.Disposition.attached_pic


def _without_streams(opened: InputContainer) -> UnreadableMedia:
    if opened.streams.video or opened.streams.audio:
        return UnreadableMedia("unsupported_codec", "The codecs of the file are not known.")
    return UnreadableMedia("no_media_stream", "The file has neither a video nor an audio track.")


class _WatchedSource:
    """The file as PyAV reads it, remembering a failure: ffmpeg would go on as if the file had ended."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._failure: Exception | None = None

    def read(self, size: int) -> bytes:
        if self._failure is not None:
            return b""
        try:
            return self._source.read(size)
        except Exception as failure:
            self._failure = failure
            raise

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class _Pulse:
    """Call back about twice per second of work, and once at the start."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._next_s = 0.0

    def __call__(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + _PULSE_S
            self._on_progress()
