"""The WSGI application in front of the functions: it finds the function that a request is for."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shared.local.functions import docs
from shared.local.functions.routing import Router, split_function_url

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class FunctionsApplication:
    """Serve each function at its function URL and, if it is an endpoint, at its path."""

    def __init__(
        self,
        apps: "Mapping[str, WSGIApplication]",
        router: Router,
        documentation: "WSGIApplication | None" = None,
    ) -> None:
        self._apps = apps
        self._router = router
        self._documentation = documentation

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request; what a function streams is passed on piece by piece."""
        path: str = environ["PATH_INFO"]
        if path == "/healthz":
            return Response("ok", mimetype="text/plain")(environ, start_response)
        if self._documentation and (path == docs.MOUNT or path.startswith(f"{docs.MOUNT}/")):
            return self._documentation(environ, start_response)
        if function_url := split_function_url(path):
            name, rest = function_url
            environ["SCRIPT_NAME"] = path.removesuffix(rest)
            environ["PATH_INFO"] = rest
            return self._call(name, environ, start_response)
        return self._call(self._router.find(environ["REQUEST_METHOD"], path), environ, start_response)

    def _call(self, name: str | None, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand the request to one function; every call of a function passes here."""
        app = self._apps.get(name or "")
        if app is None:
            not_found = Response('{"message": "not found"}', status=404, mimetype="application/json")
            return not_found(environ, start_response)
        return app(environ, start_response)
