"""The S3 server of one process."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from shared.local.s3.application import create_application
from shared.local.s3.buckets import ensure_bucket
from shared.local.s3.persistence import BucketFiles
from shared.local.s3.restore import make_restore_asynchronous
from shared.local.s3.uploads import correct_uploads

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults


class _QuietRequestHandler(MotoRequestHandler):
    """Handle requests without an access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def serve(
    port: int,
    *,
    data_dir: Path | None,
    restore_s: float,
    buckets: Sequence[str] = (),
    faults: "Faults | None" = None,
) -> None:
    """Serve until the process is told to exit; `buckets` are there from the start, all are kept in `data_dir`/s3."""
    make_restore_asynchronous(restore_s)
    correct_uploads()
    files = None
    if data_dir is not None:
        files = BucketFiles(data_dir / "s3")
        files.load()
    for name in buckets:
        if ensure_bucket(name) and files is not None:
            files.save(name, key="")
    application = create_application(files)
    if faults:
        from shared.local.faults.wsgi import FaultyApplication

        application = FaultyApplication(application, faults)
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_QuietRequestHandler)
    server.serve_forever()
