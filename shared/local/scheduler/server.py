"""Run a job on request, over HTTP.

POST /run/<job>    one attempt now; answers with the job's own status, type and body
                   (404 unknown job, 502 nobody answered, 504 no answer in time)
GET  /healthz
"""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from shared.local.scheduler.runner import JobRunner
from shared.local.tasks.delivery import Answer, DeadlineExceeded, Unreachable


class SchedulerServer(ThreadingHTTPServer):
    """Answer requests to run one of `runners`, which are kept by the names of their jobs."""

    daemon_threads = True

    def __init__(self, port: int, runners: Mapping[str, JobRunner]) -> None:
        self.runners = runners
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes
    server: SchedulerServer

    def do_GET(self) -> None:
        self._send(_json(200, {"status": "ok"}) if self.path == "/healthz" else _json(404, {"error": "not found"}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        prefix, _, name = self.path.rpartition("/")
        runner = self.server.runners.get(name)
        if prefix != "/run" or runner is None:
            self._send(_json(404, {"error": f"no job at {self.path}", "jobs": sorted(self.server.runners)}))
            return
        try:
            self._send(runner.run_now())
        except DeadlineExceeded as error:
            self._send(_json(504, {"error": str(error)}))
        except Unreachable as error:
            self._send(_json(502, {"error": str(error)}))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: failed jobs are logged where they run."""


def _json(status: int, content: dict[str, object]) -> Answer:
    return Answer(status, "application/json", json.dumps(content).encode())
