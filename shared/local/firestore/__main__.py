"""Run the server: `python -m shared.local.firestore --port N --data DIR --schema FILE`."""

import argparse
import signal
from pathlib import Path
from threading import Event, Thread

from shared.local.faults.loading import load_faults
from shared.local.firestore.rpc import start_server
from shared.local.firestore.schema import read_schema
from shared.local.firestore.store import Store
from shared.local.firestore.ttl import sweep
from shared.local.process import exit_with_parent

_GRACE_S = 1.0


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    arguments = _parse_arguments()
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    if arguments.parent:
        exit_with_parent(arguments.parent)
    store = Store(
        arguments.data / "firestore" / "documents.sqlite3",
        read_schema(arguments.schema),
        enforce_indexes=arguments.index_enforcement,
    )
    faults = load_faults("firestore", arguments.faults)
    server = start_server(store, arguments.port, faults)
    sweeper = Thread(target=sweep, args=(store.delete_expired, stopped), name="ttl")
    sweeper.start()
    stopped.wait()
    server.stop(_GRACE_S).wait()
    sweeper.join()
    store.close()


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.firestore", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port of 127.0.0.1 to serve on")
    parser.add_argument("--data", type=Path, required=True, help="folder of everything that is kept")
    parser.add_argument("--schema", type=Path, required=True, help="JSON of indexes and time-to-live fields")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="process id with which the server ends")
    parser.add_argument(
        "--no-index-enforcement",
        dest="index_enforcement",
        action="store_false",
        help="answer queries that have no index, as Google's emulator does",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
