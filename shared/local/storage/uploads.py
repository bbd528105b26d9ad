"""Uploads in one request, and the chunks of resumable ones: bodies become blobs, blobs become objects.

Files are written on worker threads, so that no upload holds up the event loop. A body that ends early never
becomes an object: of a single request nothing stays, of a resumable upload the bytes that came stay.
"""

import asyncio
import weakref
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from shared.local.storage.blobs import Blob, BlobFolder
from shared.local.storage.bodies import read_blocks
from shared.local.storage.errors import InvalidRequest, UploadOutOfOrder
from shared.local.storage.new_object import Checksums
from shared.local.storage.resources import JsonObject
from shared.local.storage.sessions import ContentRange, Session, Sessions


async def receive_blob(blobs: BlobFolder, blocks: AsyncIterator[bytes]) -> Blob:
    """Write all blocks to a new blob; when they end with an error, nothing is left of it."""
    writer = await run_in_threadpool(blobs.create)
    try:
        async for block in blocks:
            await run_in_threadpool(writer.write, block)
        return await run_in_threadpool(writer.finish)
    except BaseException:
        writer.discard()
        raise


class ResumableUploads:
    """Take the requests of resumable sessions, one at a time for each session."""

    def __init__(self, sessions: Sessions, blobs: BlobFolder) -> None:
        self._sessions = sessions
        self._blobs = blobs
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def accept(self, session_id: str, request: Request) -> JsonObject | int:
        """Take a chunk, a whole body or a status query.

        Returns the object's resource when the upload is complete, else how many bytes are kept.
        """
        header = request.headers.get("content-range")
        content_range = ContentRange.parse(header) if header else None
        if content_range and content_range.first is None:
            progress = await run_in_threadpool(self._sessions.progress, session_id)
            # Answered at once, even while another request still writes, unless only the end is missing.
            if progress != content_range.total:
                return progress
        async with self._lock(session_id):
            session = await run_in_threadpool(self._sessions.get, session_id)
            if session.resource is not None:
                return session.resource
            if content_range is None:
                total: int | None = await self._write_all(session, request)
            else:
                await self._write_chunk(session, content_range, request)
                total = content_range.total
            checksums = Checksums.from_headers(request.headers)
            return await run_in_threadpool(self._settle, session, total, checksums)

    async def cancel(self, session_id: str) -> None:
        """Forget a session and its bytes."""
        async with self._lock(session_id):
            session = await run_in_threadpool(self._sessions.get, session_id)
            await run_in_threadpool(self._sessions.cancel, session)

    def _lock(self, session_id: str) -> asyncio.Lock:
        return self._locks.setdefault(session_id, asyncio.Lock())

    def _settle(self, session: Session, total: int | None, checksums: Checksums) -> JsonObject | int:
        received = self._sessions.received_bytes(session)
        if total is not None and received > total:
            raise InvalidRequest(f"{received} bytes were received already, more than {total}")
        if received == total:
            return self._sessions.finish(session, checksums)
        return received

    async def _write_all(self, session: Session, request: Request) -> int:
        """Write the whole object, from its first byte on, and return its length."""
        with self._blobs.open_at(session.blob, 0) as file:
            file.truncate()
            async for block in read_blocks(request):
                await run_in_threadpool(file.write, block)
            return file.tell()

    async def _write_chunk(self, session: Session, chunk: ContentRange, request: Request) -> None:
        """Write the bytes of a chunk where they belong; bytes that were kept before are never cut off."""
        if chunk.first is None:
            return
        if chunk.first > self._sessions.received_bytes(session):
            raise UploadOutOfOrder("The bytes before this chunk are missing: ask for the upload's status.")
        written = 0
        with self._blobs.open_at(session.blob, chunk.first) as file:
            async for block in read_blocks(request):
                written += len(block)
                if written > chunk.length_bytes:
                    raise InvalidRequest("The body is longer than its Content-Range")
                await run_in_threadpool(file.write, block)
