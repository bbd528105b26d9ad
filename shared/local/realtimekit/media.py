"""Send the files of recordings: whole or one range, with an ETag, from disk or made up on the way."""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.local.realtimekit.entities import Media, now_us
from shared.local.realtimekit.errors import KitError, Missing, error_response
from shared.local.realtimekit.kit import Kit
from shared.local.realtimekit.wire import Links, Wire

BLOCK_BYTES = 1024 * 1024
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}
#: What generated files are made of: a block of it, and where the block is.
_PATTERN = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(256)) * (BLOCK_BYTES // 8192)


class _Forbidden(KitError):
    """The URL has expired, or was never given out."""

    status, code = 403, 1004


class MediaServer:
    """Answer GETs of download URLs."""

    def __init__(self, kit: Kit, wire: Wire, links: Links) -> None:
        self._kit = kit
        self._wire = wire
        self._links = links

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        try:
            media = await run_in_threadpool(self._find, request)
        except KitError as error:
            return error_response(error)
        etag = _etag(media)
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Type": _TYPES.get(Path(request.path_params["name"]).suffix, "application/octet-stream"),
            "ETag": etag,
        }
        if request.headers.get("if-match", etag) != etag:
            return Response(status_code=412, headers=headers)
        match = _RANGE.fullmatch(request.headers.get("range", ""))
        if not match or request.headers.get("if-range", etag) != etag:
            headers["Content-Length"] = str(media.size_bytes)
            return StreamingResponse(_blocks(media, 0, media.size_bytes), 200, headers)
        first, end = int(match[1]), min(int(match[2] or media.size_bytes) + 1, media.size_bytes)
        if first >= end:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{media.size_bytes}"})
        headers["Content-Length"] = str(end - first)
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{media.size_bytes}"
        return StreamingResponse(_blocks(media, first, end), 206, headers)

    def _find(self, request: Request) -> Media:
        recording_id = request.path_params["id"]
        if not self._links.holds(recording_id, request.query_params):
            raise _Forbidden("the URL is not valid, or no longer")
        recording = self._kit.recording(recording_id)
        media = self._wire.media_of(recording)
        if recording.status != "UPLOADED" or recording.has_expired(now_us()):
            raise Missing("there is no such file")
        return media


def _etag(media: Media) -> str:
    if media.path is None:
        return f'"generated-{media.size_bytes}"'
    stat = Path(media.path).stat()
    return f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'


async def _blocks(media: Media, first: int, end: int) -> AsyncIterator[bytes]:
    """Yield the bytes of a file from `first` until before `end`."""
    at = first
    while at < end:
        block = await run_in_threadpool(_read, media, at, min(end - at, BLOCK_BYTES))
        if not block:
            return
        yield block
        at += len(block)


def _read(media: Media, at: int, size: int) -> bytes:
    if media.path is not None:
        with Path(media.path).open("rb") as file:
            file.seek(at)
            return file.read(size)
    number, start = divmod(at, BLOCK_BYTES)
    block = number.to_bytes(8, "big") + _PATTERN[8:]
    return block[start : start + size]
