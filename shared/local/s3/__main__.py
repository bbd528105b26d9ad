"""Serve S3.

python -m shared.local.s3 --port N [--data DIR] [--bucket NAME]… [--restore-s S] [--faults DIR] [--parent PID]
"""

import argparse
import signal
import sys
from pathlib import Path

from shared.local.faults.loading import load_faults
from shared.local.process import exit_with_parent


def main() -> None:
    """Serve S3 on 127.0.0.1 until SIGTERM."""
    options = _parse_options()
    if options.parent is not None:
        exit_with_parent(options.parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    from shared.local.s3.server import serve

    faults = load_faults("s3", options.faults)
    serve(options.port, data_dir=options.data, buckets=options.bucket, restore_s=options.restore_s, faults=faults)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.s3")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, help="where buckets are kept; without it, in memory only")
    parser.add_argument("--bucket", action="append", default=[], metavar="NAME", help="a bucket to have; repeatable")
    parser.add_argument("--restore-s", type=float, default=2.0, help="how long a Glacier restore takes")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="exit when this process is no longer the parent")
    return parser.parse_args()


if __name__ == "__main__":
    main()
