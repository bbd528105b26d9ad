"""The fixture functions as a platform, in this process or (`python -m …`, to be killed) in one of its own."""

import json
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.local.supervisor.addresses import Addresses
from shared.local.supervisor.config import PlatformConfig
from shared.local.supervisor.platform import Platform
from tests.local.part_process import wait_until

FIXTURE = Path(__file__).parent / "fixture_functions"
PARTS = ("identity", "firestore", "storage", "tasks", "scheduler", "s3", "realtimekit", "api", "media")


def fixture_config(folder: Path) -> PlatformConfig:
    def environment(addresses: Addresses) -> Mapping[str, str]:
        return {
            "FIXTURE_NOTES": str(folder / "notes"),
            "FIXTURE_ISSUER": addresses.identity,
            "FIXTURE_STEP_URL": addresses.function_urls["step"],
        }

    return PlatformConfig(
        data_dir=folder / "data",
        manifest=json.loads((FIXTURE / "manifest.json").read_text()),
        source=FIXTURE / "main.py",
        buckets=[{"name": "uploads", "age_days": 2}, {"name": "media"}],
        webhook_function="only_post",
        environment=environment,
    )


def wait_for_note(folder: Path, function: str, fits: Callable[[object], bool], timeout_s: float = 15) -> object:
    """Return what a fixture function noted, once something that fits is there."""

    def look() -> list[object]:
        lines = (folder / "notes").read_text().splitlines()
        notes = [json.loads(line) for line in lines]
        return [note["what"] for note in notes if note["function"] == function and fits(note["what"])]

    return wait_until(look, timeout_s=timeout_s)[0]


def main() -> None:
    """Run the platform on the folder named by the first argument until SIGTERM; print its addresses."""
    logging.basicConfig(format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Platform(fixture_config(Path(sys.argv[1]))) as platform:
        platform.wait_ready(30)
        pids = {part: platform.pid(part) for part in PARTS}
        ports = json.loads((Path(sys.argv[1]) / "data" / "ports.json").read_text())
        print(json.dumps({"pids": pids, "ports": ports}), flush=True)
        platform.wait()


if __name__ == "__main__":
    main()
