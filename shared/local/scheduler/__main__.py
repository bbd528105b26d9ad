"""Serve Cloud Scheduler: `python -m shared.local.scheduler --port N --config FILE`."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from shared.local.faults.loading import load_faults
from shared.local.identity.tokens import TokenSigner
from shared.local.process import exit_with_parent
from shared.local.scheduler.jobs import read_config
from shared.local.scheduler.runner import JobRunner, SystemClock
from shared.local.scheduler.server import SchedulerServer


def main() -> None:
    """Serve until SIGTERM."""
    arguments = _parse_arguments()
    if arguments.parent:
        exit_with_parent(arguments.parent)
    logging.basicConfig(format="%(asctime)s scheduler %(levelname)s %(message)s")
    threading.excepthook = _end_process
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    config = read_config(arguments.config)
    signer = TokenSigner(config.issuer, config.identity_key)
    faults = load_faults("scheduler", arguments.faults)
    runners = {job.name: JobRunner(job, signer, SystemClock(), faults) for job in config.jobs}
    for runner in runners.values():
        threading.Thread(target=runner.keep_schedule, name=runner.job.name, daemon=True).start()
    with SchedulerServer(arguments.port, runners) as server:
        server.serve_forever()


def _end_process(failure: threading.ExceptHookArgs) -> None:
    """End the process when the thread of a job fails: restarted, it keeps its schedule again."""
    logging.critical("%s failed", failure.thread, exc_info=failure.exc_value)
    os._exit(1)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.scheduler", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True, help="jobs and signing key, JSON")
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="process id whose end ends this part too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
