"""The S3 server of one process."""

from pathlib import Path
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from shared.local.s3.application import create_application
from shared.local.s3.persistence import BucketFiles
from shared.local.s3.restore import make_restore_asynchronous

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults


class _QuietRequestHandler(MotoRequestHandler):
    """Handle requests without an access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def serve(port: int, *, data_dir: Path | None, restore_s: float, faults: "Faults | None" = None) -> None:
    """Serve until the process is told to exit; the buckets are kept in `data_dir`/s3."""
    make_restore_asynchronous(restore_s)
    files = None
    if data_dir is not None:
        files = BucketFiles(data_dir / "s3")
        files.load()
    application = create_application(files)
    if faults:
        from shared.local.faults.wsgi import FaultyApplication

        application = FaultyApplication(application, faults)
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_QuietRequestHandler)
    server.serve_forever()
