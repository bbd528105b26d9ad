"""The two ends of an import: a file that is made up as it is sent, and an S3 bucket that keeps sums instead of bytes.

python -m benchmarks.rooms_import_servers source|store SIZE_BYTES     prints the port
"""

from __future__ import annotations

import hashlib
import re
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

BLOCK = bytes(range(256)) * 4096  # 1 MiB
_READ_BYTES = 1024 * 1024
_XML = '<{0} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{1}</{0}>'


class Source(BaseHTTPRequestHandler):
    """Sends a file of `size_bytes`, or its rest."""

    protocol_version = "HTTP/1.1"
    size_bytes: ClassVar[int]

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
        self.send_header("Content-Length", str(self.size_bytes - start))
        self.send_header("ETag", '"generated"')
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{self.size_bytes - 1}/{self.size_bytes}")
        self.end_headers()
        while start < self.size_bytes:
            block = BLOCK[start % len(BLOCK) :][: self.size_bytes - start]
            self.wfile.write(block)
            start += len(block)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Store(BaseHTTPRequestHandler):
    """Takes multipart uploads as S3 does, and remembers only how long the parts are, and their MD5s."""

    protocol_version = "HTTP/1.1"
    parts: ClassVar[dict[int, tuple[int, str]]] = {}
    complete: ClassVar[tuple[int, str] | None] = None

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "uploads" in self._query():
            self._answer(_XML.format("InitiateMultipartUploadResult", "<UploadId>upload</UploadId>"))
            return
        digests = b"".join(bytes.fromhex(md5) for _, (_, md5) in sorted(self.parts.items()))
        etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(self.parts)}"
        Store.complete = (sum(size_bytes for size_bytes, _ in self.parts.values()), etag)
        self._answer(_XML.format("CompleteMultipartUploadResult", f"<ETag>{etag}</ETag>"))

    def do_PUT(self) -> None:
        size_bytes = left = int(self.headers["Content-Length"])
        md5 = hashlib.md5(usedforsecurity=False)
        while left:
            piece = self.rfile.read(min(left, _READ_BYTES))
            md5.update(piece)
            left -= len(piece)
        self.parts[int(self._query()["partNumber"][0])] = (size_bytes, md5.hexdigest())
        self._answer(etag=md5.hexdigest())

    def do_GET(self) -> None:
        self._answer(_XML.format("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>"))

    def do_HEAD(self) -> None:
        if self.complete is None:
            self._answer(status=HTTPStatus.NOT_FOUND)
        else:
            self._answer(etag=self.complete[1], length=self.complete[0])

    def do_DELETE(self) -> None:
        self.parts.clear()
        Store.complete = None
        self._answer(status=HTTPStatus.NO_CONTENT)

    def _query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    def _answer(
        self, body: str = "", *, etag: str = "", length: int | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Last-Modified", "Mon, 04 May 2026 10:00:00 GMT")
        if etag:
            self.send_header("ETag", f'"{etag}"')
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    """Serve until killed."""
    Source.size_bytes = int(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Source if sys.argv[1] == "source" else Store)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
