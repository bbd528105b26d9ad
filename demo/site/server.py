"""Serve Fernway: four pages, a search, coupons that can fail, and a contact form that checks what it gets.

    python -m demo.site.server --port 8000

State lives in the visitor's browser; the server keeps none.
"""

import argparse
import json
import re
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

STATIC = Path(__file__).parent / "static"
PAGES = {"/": "index.html", "/plant": "plant.html", "/cart": "cart.html", "/contact": "contact.html"}
CONTENT_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}
PLANTS: list[dict[str, object]] = json.loads((Path(__file__).parent / "plants.json").read_text("utf-8"))
COUPONS = {"SPRING15": 15}
MAX_BODY_BYTES = 64 * 1024

Answer = tuple[HTTPStatus, dict[str, object]]


def serve(port: int = 0) -> ThreadingHTTPServer:
    """Start the shop on 127.0.0.1 in a thread and return the server, whose `server_port` is the port.

    Port 0 takes a free one. `server.shutdown()` ends it.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    threading.Thread(target=server.serve_forever, name="fernway", daemon=True).start()
    return server


def search_plants(query: str) -> Answer:
    """Return the plants whose name or care text contains every word of the query; all for an empty one."""
    words = query.lower().split()
    found = [plant for plant in PLANTS if all(word in f"{plant['name']} {plant['care']}".lower() for word in words)]
    return HTTPStatus.OK, {"plants": found}


def apply_coupon(request: dict[str, object]) -> Answer:
    """Return the discount of a coupon, or an error for one that nobody issued."""
    code = str(request.get("code", "")).strip().upper()
    if code not in COUPONS:
        return HTTPStatus.NOT_FOUND, {"error": f"The coupon {code or '(empty)'} does not exist or has expired."}
    return HTTPStatus.OK, {"code": code, "discount_percent": COUPONS[code]}


def send_message(request: dict[str, object]) -> Answer:
    """Accept a message, or say for each field what is wrong with it."""
    errors = {}
    if not str(request.get("name", "")).strip():
        errors["name"] = "Please tell us your name."
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(request.get("email", ""))):
        errors["email"] = "This does not look like an email address."
    if len(str(request.get("password", ""))) < 8:
        errors["password"] = "Your password has at least 8 characters."  # noqa: S105 - a message, not a password
    if errors:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"errors": errors}
    return HTTPStatus.OK, {"reply": f"Thank you, {request['name']}. We will answer within a day."}


class _Handler(BaseHTTPRequestHandler):
    server_version = "Fernway"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/api/plants":
            self._send_json(search_plants(parse_qs(url.query).get("q", [""])[0]))
        elif url.path in PAGES:
            self._send_file(STATIC / PAGES[url.path])
        else:
            self._send_file(STATIC / Path(url.path).name)

    def do_POST(self) -> None:
        actions = {"/api/coupons": apply_coupon, "/api/messages": send_message}
        action = actions.get(urlsplit(self.path).path)
        request = self._read_json()
        if action is None:
            self._send_json((HTTPStatus.NOT_FOUND, {"error": "There is nothing here."}))
        elif request is None:
            self._send_json((HTTPStatus.BAD_REQUEST, {"error": "The body is not a JSON object."}))
        else:
            self._send_json(action(request))

    def log_message(self, format: str, *args: object) -> None:
        """Keep the console to the recorder."""

    def _read_json(self) -> dict[str, object] | None:
        length = min(int(self.headers.get("Content-Length", 0)), MAX_BODY_BYTES)
        try:
            request = json.loads(self.rfile.read(length))
        except ValueError:
            return None
        return request if isinstance(request, dict) else None

    def _send_file(self, path: Path) -> None:
        if path.suffix in CONTENT_TYPES and path.is_file():
            self._send(HTTPStatus.OK, CONTENT_TYPES[path.suffix], path.read_bytes())
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"There is nothing here.")

    def _send_json(self, answer: Answer) -> None:
        self._send(answer[0], "application/json", json.dumps(answer[1]).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    with ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), _Handler) as server:
        print(f"Fernway is open on http://127.0.0.1:{server.server_port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Closed.")


if __name__ == "__main__":
    main()
