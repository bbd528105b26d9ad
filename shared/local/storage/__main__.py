"""Serve Cloud Storage: `python -m shared.local.storage --port N --data DIR --config FILE [--parent PID]`."""

import argparse
import logging
from pathlib import Path

from shared.local.faults.loading import load_faults
from shared.local.http_server import serve
from shared.local.process import exit_with_parent
from shared.local.storage.app import build_app
from shared.local.storage.config import StorageConfig


def main() -> None:
    """Serve until SIGTERM."""
    arguments = _parse_arguments()
    if arguments.parent:
        exit_with_parent(arguments.parent)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s storage %(levelname)s %(message)s")
    faults = load_faults("storage", arguments.faults)
    app = build_app(
        StorageConfig.load(arguments.config),
        arguments.data / "storage",
        f"http://127.0.0.1:{arguments.port}",
        faults,
    )
    serve(app, port=arguments.port, faults=faults)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.storage", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="everything is kept in DATA/storage")
    parser.add_argument("--config", type=Path, required=True, help="buckets, accounts and receivers, as JSON")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="process id whose end ends this part too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
