"""A server that speaks Vertex AI's `generateContent` over REST, and answers as each test says.

It checks what Google checks before a model is asked: the path, the token, and that the request names its parts.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-token"
_PATH = re.compile(
    r"/v1/projects/(?P<project>[\w-]+)/locations/(?P<location>[\w-]+)"
    r"/publishers/google/models/(?P<model>[\w.-]+):generateContent"
)
_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of the server; `hangs` answers only when the server is closed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


def says(text: str | None, *, finish: str = "STOP") -> Answer:
    """The model's text as a candidate; None is a candidate without content."""
    content = {} if text is None else {"content": {"role": "model", "parts": [{"text": text}]}}
    return generated({"candidates": [{**content, "finishReason": finish, "index": 0}]})


def sees(*elements: object) -> Answer:
    """The model's list of elements."""
    return says(json.dumps(elements))


def blocks(reason: str) -> Answer:
    """The prompt is blocked, and there is no candidate."""
    return generated({"promptFeedback": {"blockReason": reason}})


def generated(response: Mapping[str, object]) -> Answer:
    """A `GenerateContentResponse`."""
    usage = {"promptTokenCount": 300, "candidatesTokenCount": 20, "totalTokenCount": 320}
    body = {**response, "usageMetadata": usage, "modelVersion": "gemini-2.5-flash", "responseId": "r1"}
    return Answer(body=json.dumps(body).encode())


def fails(status: int, **headers: str) -> Answer:
    """An error of Google's APIs; the headers' underscores are dashes."""
    error = {"code": status, "message": "as the test says", "status": _STATUS_NAMES[status]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps({"error": error}).encode(), headers=named)


class FakeGemini:
    """The server, its answers to come, and the requests that it got."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer_to(self, path: str, authorization: str | None, request: dict[str, Any]) -> Answer:
        """The next answer, if the request is one that Google would take."""
        if not _PATH.fullmatch(path):
            return fails(404)
        if authorization != f"Bearer {TOKEN}":
            return fails(401)
        parts = [part for content in request.get("contents", []) for part in content.get("parts", [])]
        if not parts or any(len(part) != 1 for part in parts):
            return fails(400)
        self.requests.append({"path": path, **request})
        return self.answers.popleft()


@contextmanager
def fake_gemini() -> Iterator[FakeGemini]:
    """Serve on a free port."""
    gemini = FakeGemini()
    thread = threading.Thread(target=gemini.serve, name="gemini", daemon=True)
    thread.start()
    try:
        yield gemini
    finally:
        gemini.close()
        thread.join(timeout=10)


def _handler_of(gemini: FakeGemini) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = gemini.answer_to(self.path, self.headers["Authorization"], request)
            if answer.hangs:
                gemini.closing.wait(30)
                return
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json; charset=UTF-8", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
