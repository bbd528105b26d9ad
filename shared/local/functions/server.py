"""gunicorn, set up for one machine: one worker process of many threads, which no time-out ever kills."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from shared.local.process import exit_with_parent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn without its command line and configuration files."""

    def __init__(self, load: "Callable[[], WSGIApplication]", settings: dict[str, Any]) -> None:
        self._load = load
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        return self._load()


def serve(load: "Callable[[], WSGIApplication]", *, port: int, threads: int) -> None:
    """Serve what `load` returns on 127.0.0.1 until SIGTERM; `load` is called in the worker process.

    The port listens before `load` has returned: only an answered request means that the server is ready. When
    `load` raises, the process ends.
    """
    settings = {
        "bind": f"127.0.0.1:{port}",
        "worker_class": "gthread",
        "workers": 1,
        "threads": threads,
        "timeout": 0,
        "graceful_timeout": 4,
        "max_requests": 0,
        "keepalive": 75,
        "limit_request_line": 0,
        "loglevel": "warning",
        "control_socket_disable": True,
        "post_fork": _follow_the_arbiter,
    }
    _Server(load, settings).run()


def _follow_the_arbiter(_arbiter: Any, worker: Any) -> None:
    exit_with_parent(worker.ppid)
