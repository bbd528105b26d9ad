"""Google's own Firestore emulator as the firestore part.

python -m shared.local.supervisor.google_firestore --port N --jar FILE [--parent PID]

It needs Java and the jar of the Cloud SDK's component `cloud-firestore-emulator`. It keeps nothing on disk,
demands no indexes and expires no documents.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from shared.local.process import exit_with_parent
from shared.local.supervisor.errors import EmulatorMissing

_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


def find_java() -> str:
    """Return the path of java.

    Raises:
        EmulatorMissing: there is none on the PATH.
    """
    java = shutil.which("java")
    if java is None:
        raise EmulatorMissing("Google's Firestore emulator needs Java: there is no `java` on the PATH")
    return java


def find_jar() -> Path:
    """Return the emulator's jar, from FIRESTORE_EMULATOR_JAR or else from the Cloud SDK.

    Raises:
        EmulatorMissing: the file is not there.
    """
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    if named is not None:
        if not Path(named).is_file():
            raise EmulatorMissing(f"FIRESTORE_EMULATOR_JAR names {named}, which is not a file")
        return Path(named)
    if shutil.which("gcloud") is not None:
        command = ["gcloud", "info", "--format=value(installation.sdk_root)"]
        sdk = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        for jar in sorted(Path(sdk, "platform", "cloud-firestore-emulator").glob("*.jar")):
            return jar
    raise EmulatorMissing(
        "Google's Firestore emulator is not installed: run `gcloud components install cloud-firestore-emulator`, "
        "or let FIRESTORE_EMULATOR_JAR name its jar"
    )


def main() -> int:
    """Run the emulator until SIGTERM, and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m shared.local.supervisor.google_firestore")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--jar", type=Path, required=True)
    parser.add_argument("--parent", type=int, help="exit when this process is no longer the parent")
    options = parser.parse_args()
    if options.parent is not None:
        exit_with_parent(options.parent)
    arguments = ["--host", "127.0.0.1", "--port", str(options.port)]
    java = [find_java(), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return subprocess.call([*java, "-cp", str(options.jar), _MAIN_CLASS, *arguments])


if __name__ == "__main__":
    sys.exit(main())
