"""Serve RealtimeKit: `python -m shared.local.realtimekit --port N --data DIR --config FILE [--parent PID]`."""

import argparse
import logging
import os
import threading
from pathlib import Path

from shared.local.faults.loading import load_faults
from shared.local.http_server import serve
from shared.local.process import exit_with_parent
from shared.local.realtimekit.app import build_app
from shared.local.realtimekit.config import read_config


def main() -> None:
    """Serve until SIGTERM."""
    arguments = _parse_arguments()
    if arguments.parent:
        exit_with_parent(arguments.parent)
    threading.excepthook = _end_with_thread
    logging.basicConfig(level=logging.INFO, format="%(asctime)s realtimekit %(levelname)s %(message)s")
    faults = load_faults("realtimekit", arguments.faults)
    app = build_app(
        read_config(arguments.config),
        arguments.data / "realtimekit",
        f"http://127.0.0.1:{arguments.port}",
        faults,
    )
    serve(app, port=arguments.port, faults=faults)


def _end_with_thread(failure: threading.ExceptHookArgs) -> None:
    """End the process when one of its threads fails: a part that restarts is better than one that hangs."""
    logging.critical("%s failed", failure.thread, exc_info=failure.exc_value)
    os._exit(1)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.realtimekit", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="everything is kept in DATA/realtimekit")
    parser.add_argument("--config", type=Path, required=True, help="app, media and webhook URL, as JSON")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="process id whose end ends this part too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
