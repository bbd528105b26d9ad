"""The WSGI application of the server: moto's own, which answers a write only after it is on disk."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from shared.local.s3.persistence import BucketFiles

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_WRITES = frozenset({"PUT", "POST", "DELETE"})


def create_application(files: BucketFiles | None) -> "WSGIApplication":
    """Return S3 as a WSGI application; without `files` everything is kept in memory only."""
    moto_application: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    if files is None:
        return moto_application

    def answer_after_saving(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = moto_application(environ, start_response)
        if environ["REQUEST_METHOD"] in _WRITES:
            bucket_name, _, key = _path(environ).removeprefix("/").partition("/")
            files.save(bucket_name, key)
        return response

    return answer_after_saving


def _path(environ: "WSGIEnvironment") -> str:
    """Return the decoded path; WSGI hands it over as UTF-8 bytes read as Latin-1."""
    path: str = environ["PATH_INFO"]
    return path.encode("latin-1").decode()
