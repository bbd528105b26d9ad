"""WSGI requests that go wrong."""

import errno
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from shared.local.faults.accounting import ArmedFault
    from shared.local.faults.faults import Faults


class FaultyApplication:
    """Let the requests of an application meet their faults, but for the platform's own."""

    def __init__(self, application: "WSGIApplication", faults: "Faults", function: str = "") -> None:
        self._application = application
        self._faults = faults
        self._function = function

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
        if path == "/healthz":
            return self._application(environ, start_response)
        subject = {"method": environ["REQUEST_METHOD"], "path": path, "function": self._function}
        if armed := self._faults.meet("call", subject):
            return Response(status=armed.fault.status)(environ, start_response)
        pieces, status, headers = run_wsgi_app(self._application, environ)
        answer = ClosingIterator(pieces)
        armed = self._faults.meet("answer", subject)
        if armed and armed.fault.do == "fail":
            answer.close()
            return Response(status=armed.fault.status)(environ, start_response)
        start_response(status, headers.to_wsgi_list())
        return ClosingIterator(_cut(answer, armed), answer.close) if armed else answer


def _cut(answer: Iterable[bytes], armed: "ArmedFault") -> Iterator[bytes]:
    left_bytes = armed.fault.after_bytes or 0
    for piece in answer:
        if len(piece) > left_bytes:
            yield piece[:left_bytes]
            raise ConnectionResetError(errno.ECONNRESET, "cut by a fault of the plan")
        yield piece
        left_bytes -= len(piece)
    armed.give_back()
