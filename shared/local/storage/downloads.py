"""Send an object's bytes: whole, by range, or decompressed for a client that cannot read gzip."""

import gzip
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from email.utils import formatdate
from typing import BinaryIO, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from shared.local.storage.blobs import BLOCK_BYTES
from shared.local.storage.errors import RangeNotSatisfiable
from shared.local.storage.objects import ObjectAddress, ObjectStore
from shared.local.storage.resources import StoredObject

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_ATTRIBUTE_HEADERS = {
    "Content-Type": "contentType",
    "Content-Disposition": "contentDisposition",
    "Content-Encoding": "contentEncoding",
    "Content-Language": "contentLanguage",
}


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def download(objects: ObjectStore, address: ObjectAddress, headers: Mapping[str, str]) -> Response:
    """Answer a GET of the object's bytes; to be called on a worker thread.

    Raises:
        RangeNotSatisfiable: 416.
    """
    stored, file = objects.open(address)
    with ExitStack() as stack:
        stack.push(file)
        if _must_decompress(stored, headers):
            response = _decompressed(stored, file)
        else:
            response = _as_stored(stored, file, headers.get("range", ""))
        # The response closes the file from here on.
        stack.pop_all()
    return response


def describe(objects: ObjectStore, address: ObjectAddress, headers: Mapping[str, str]) -> Response:
    """Answer a HEAD: the headers of the whole object."""
    stored = objects.find(address)
    if _must_decompress(stored, headers):
        response = Response(headers=_decompressed_headers(stored))
        del response.headers["content-length"]
        return response
    return Response(headers={**media_headers(stored), "Content-Length": str(stored.size_bytes)})


def media_headers(stored: StoredObject) -> dict[str, str]:
    """Return the headers of an object that is sent as it is stored."""
    attributes = stored.attributes
    hashes = [f"crc32c={stored.crc32c}"] + ([f"md5={stored.md5}"] if stored.md5 else [])
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": attributes.get("cacheControl", "private, max-age=0"),
        "ETag": f'"{stored.etag}"',
        "Last-Modified": formatdate(stored.updated_us / 1e6, usegmt=True),
        "X-Goog-Generation": str(stored.generation),
        "X-Goog-Metageneration": str(stored.metageneration),
        "X-Goog-Hash": ",".join(hashes),
        "X-Goog-Storage-Class": attributes["storageClass"],
        "X-Goog-Stored-Content-Encoding": attributes.get("contentEncoding", "identity"),
        "X-Goog-Stored-Content-Length": str(stored.size_bytes),
        **{f"X-Goog-Meta-{key}": value for key, value in attributes.get("metadata", {}).items()},
        **{header: attributes[name] for header, name in _ATTRIBUTE_HEADERS.items() if name in attributes},
    }
    return {name: _header_value(value) for name, value in headers.items()}


def parse_range(header: str, size_bytes: int) -> tuple[int, int] | None:
    """Return the first byte and the end (exclusive) of a single range; none for a header that asks for all.

    Raises:
        RangeNotSatisfiable: 416, the range begins after the object's last byte.
    """
    match = _RANGE.fullmatch(header.strip())
    if not match or not (match[1] or match[2]):
        return None
    if match[1]:
        first, end = int(match[1]), min(int(match[2] or size_bytes) + 1, size_bytes)
    else:
        first, end = max(0, size_bytes - int(match[2])), size_bytes
    if first >= end:
        raise RangeNotSatisfiable(size_bytes)
    return first, end


def _header_value(text: str) -> str:
    """Return what an attribute looks like as a header: one line, UTF-8."""
    return " ".join(text.splitlines()).encode().decode("latin-1")


def _as_stored(stored: StoredObject, file: BinaryIO, range_header: str) -> Response:
    headers = media_headers(stored)
    span = parse_range(range_header, stored.size_bytes)
    first, end = span or (0, stored.size_bytes)
    if span:
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{stored.size_bytes}"
    headers["Content-Length"] = str(end - first)
    status = 206 if span else 200
    file.seek(first)
    if end - first <= BLOCK_BYTES:
        with file:
            return Response(file.read(end - first), status, headers)
    return StreamingResponse(_blocks(file, file, end - first), status, headers)


def _must_decompress(stored: StoredObject, headers: Mapping[str, str]) -> bool:
    """Say whether production would serve the object by "decompressive transcoding"."""
    return (
        stored.attributes.get("contentEncoding") == "gzip"
        and "gzip" not in headers.get("accept-encoding", "").lower()
        and "no-transform" not in stored.attributes.get("cacheControl", "").lower()
    )


def _decompressed(stored: StoredObject, file: BinaryIO) -> Response:
    return StreamingResponse(_blocks(file, gzip.GzipFile(fileobj=file)), 200, _decompressed_headers(stored))


def _decompressed_headers(stored: StoredObject) -> dict[str, str]:
    headers = media_headers(stored)
    del headers["Content-Encoding"], headers["Accept-Ranges"]
    return {
        **headers,
        "ETag": f'W/"{stored.etag}"',
        "Vary": "Accept-Encoding",
        "Warning": "214 UploadServer gunzipped",
    }


async def _blocks(file: BinaryIO, source: _Readable, length: int | None = None) -> AsyncIterator[bytes]:
    """Yield `length` bytes of `source`, or all of it, then close the file."""
    left = length
    with file:
        while left != 0:
            size = BLOCK_BYTES if left is None else min(BLOCK_BYTES, left)
            block = await run_in_threadpool(source.read, size)
            if not block:
                return
            left = None if left is None else left - len(block)
            yield block
