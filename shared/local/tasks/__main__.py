"""Serve Cloud Tasks: `python -m shared.local.tasks --port N --data DIR --config FILE`."""

import argparse
import logging
import os
import signal
import threading
from pathlib import Path

from shared.local.faults.loading import load_faults
from shared.local.identity.tokens import TokenSigner
from shared.local.process import exit_with_parent
from shared.local.tasks.config import read_config
from shared.local.tasks.counters import Counters
from shared.local.tasks.dispatcher import Dispatcher
from shared.local.tasks.server import start_server
from shared.local.tasks.service import apply_settings
from shared.local.tasks.store import Store

_STOP_GRACE_S = 0.5


def main() -> None:
    """Serve until SIGTERM."""
    # Blocked in every thread and waited for below: a handler could interrupt us in the middle of any lock.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    arguments = _parse_arguments()
    if arguments.parent:
        exit_with_parent(arguments.parent)
    logging.basicConfig(format="%(asctime)s tasks %(levelname)s %(message)s")
    threading.excepthook = _end_process

    config = read_config(arguments.config)
    store = Store(arguments.data / "tasks" / "tasks.sqlite")
    apply_settings(store, config.queues)
    counters = Counters()
    faults = load_faults("tasks", arguments.faults)
    dispatcher = Dispatcher(store, TokenSigner(config.issuer, config.identity_key), counters, faults)
    server = start_server(arguments.port, store, dispatcher, counters, faults)
    dispatcher.start()

    signal.sigwait({signal.SIGTERM})
    dispatcher.stop()
    server.stop(_STOP_GRACE_S).wait()
    # Attempts under way may last for minutes and are made again after the restart: they are not waited for.
    os._exit(0)


def _end_process(failure: threading.ExceptHookArgs) -> None:
    """End the process when one of its threads fails: a part that restarts is better than one that hangs."""
    logging.critical("%s failed", failure.thread, exc_info=failure.exc_value)
    os._exit(1)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.tasks", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the database is DATA/tasks/tasks.sqlite")
    parser.add_argument("--config", type=Path, required=True, help="queues and signing key, JSON")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="process id whose end ends this part too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
