"""ETags, as S3 and R2 make them of what they store: they prove the bytes without reading them again.

An object in one piece has the MD5 of its bytes; one of N parts the MD5 of the parts' binary MD5s, and `-N`. (Not where
a bucket encrypts with keys of KMS: such a bucket cannot be used here.)
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable


def md5_of(content: bytes | bytearray) -> str:
    """The MD5 in hexadecimal digits."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def etag_of_parts(etags: Iterable[str]) -> str:
    """The ETag of an object that is made of parts with these."""
    digests = [bytes.fromhex(etag) for etag in etags]
    return f"{md5_of(b''.join(digests))}-{len(digests)}"


def content_md5(etag: str) -> str:
    """An MD5 as the header `Content-MD5` has it."""
    return base64.b64encode(bytes.fromhex(etag)).decode()


def unquoted(etag: str) -> str:
    """An ETag without the quotes that HTTP puts around it."""
    return etag.strip('"').lower()
