"""Static files of the product's own documentation, shown at /docs."""

from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.utils import redirect, send_from_directory
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOUNT = "/docs"
_CONTENT_SECURITY_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def docs_application(folder: Path) -> "WSGIApplication":
    """Return an application that serves the files below `folder`, and index.html for a folder."""

    @Request.application
    def serve(request: Request) -> Response:
        name = request.path.removeprefix(MOUNT)
        if name == "":
            return redirect(f"{MOUNT}/", code=308)  # relative links of index.html need the slash
        if name.endswith("/"):
            name += "index.html"
        response = send_from_directory(folder, name.removeprefix("/"), request.environ)
        response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return serve
