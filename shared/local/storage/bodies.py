"""Request bodies as a stream of blocks, complete or refused."""

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from shared.local.storage.blobs import BLOCK_BYTES


async def read_blocks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in blocks of about 1 MiB, whatever the sizes in which it arrives.

    Raises:
        ClientDisconnect: the client left before the end; what came until then was yielded.
    """
    buffer = bytearray()
    try:
        async for chunk in request.stream():
            buffer += chunk
            if len(buffer) >= BLOCK_BYTES:
                yield bytes(buffer)
                buffer.clear()
    except ClientDisconnect:
        if buffer:
            yield bytes(buffer)
        raise
    if buffer:
        yield bytes(buffer)
