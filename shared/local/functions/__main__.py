"""Serve the functions of one profile.

python -m shared.local.functions --port N --profile api|media|browser --source MAIN.py --manifest FILE
    [--threads K] [--docs DIR] [--faults DIR] [--parent PID]
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from shared.local.faults.loading import load_faults
from shared.local.functions.server import serve
from shared.local.process import exit_with_parent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from shared.local.faults.faults import Faults

# Some requests to the API wait for minutes; they must not keep others out.
_DEFAULT_THREADS = {"api": 48, "media": 2, "browser": 2}


def main() -> None:
    """Serve one profile on 127.0.0.1 until SIGTERM."""
    options = _parse_options()
    if options.parent is not None:
        exit_with_parent(options.parent)
    threads = options.threads or _DEFAULT_THREADS[options.profile]
    # Made here, for a crash ends the process that leads the part, and not only its worker.
    faults = load_faults("functions", options.faults)
    serve(lambda: _load(options, faults), port=options.port, threads=threads)


def _load(options: argparse.Namespace, faults: "Faults | None") -> "WSGIApplication":
    from shared.local.functions.application import FunctionsApplication
    from shared.local.functions.apps import load_apps
    from shared.local.functions.docs import docs_application
    from shared.local.functions.manifest import declared_functions
    from shared.local.functions.routing import Router

    manifest = json.loads(options.manifest.read_text())
    functions = [each for each in declared_functions(manifest) if each.profile == options.profile]
    documentation = docs_application(options.docs) if options.docs else None
    apps = load_apps(functions, options.source)
    if faults:
        from shared.local.faults.wsgi import FaultyApplication

        apps = {name: FaultyApplication(app, faults, name) for name, app in apps.items()}
    return FunctionsApplication(apps, Router(functions), documentation)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.functions")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--profile", choices=sorted(_DEFAULT_THREADS), required=True)
    parser.add_argument("--source", type=Path, required=True, help="the source file of every function")
    parser.add_argument("--manifest", type=Path, required=True, help="the declared functions, JSON")
    parser.add_argument("--threads", type=int, help="requests served at once")
    parser.add_argument("--docs", type=Path, help="a folder to serve at /docs")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="exit when this process is no longer the parent")
    return parser.parse_args()


if __name__ == "__main__":
    main()
