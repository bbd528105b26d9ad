"""The storage part as its own process, and the real client of it."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client
from google.oauth2 import service_account

from shared.local.identity.keys import private_key_pem
from tests.local.part_process import free_port, wait_until

ACCOUNT = "functions@local.iam.gserviceaccount.com"
ISSUER = "http://127.0.0.1:1"


class StorageServer:
    """One storage server over one data folder: it can be killed, and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.identity_key = folder / "identity" / "key.pem"
        self._account_key = folder / "account.pem"
        self._account_key.write_text(private_key_pem())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def blob_names(self) -> set[str]:
        """Return the names of the files that hold bytes of objects and uploads."""
        return {path.name for path in (self.folder / "storage" / "blobs").iterdir()}

    @property
    def rss_bytes(self) -> int:
        """Return how much memory the process holds."""
        assert self._process is not None
        return psutil.Process(self._process.pid).memory_info().rss

    def start(self, *, buckets: Sequence[dict[str, Any]] = (), events: Sequence[dict[str, str]] = ()) -> None:
        """Start the process and wait until it answers."""
        config = self.folder / "storage.json"
        config.write_text(json.dumps(self._config(buckets, events)))
        options = ["--port", str(self.port), "--data", str(self.folder), "--config", str(config)]
        self._process = subprocess.Popen([sys.executable, "-m", "shared.local.storage", *options])
        wait_until(lambda: requests.get(f"{self.url}/healthz", timeout=5).ok)

    def kill(self) -> None:
        """End the process as a power switch would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the process to end, and return its exit status."""
        return self._end(signal.SIGTERM)

    def client(self) -> Any:
        """Return the real client, configured as the product configures it: by STORAGE_EMULATOR_HOST."""
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("STORAGE_EMULATOR_HOST", self.url)
            return Client(project="local", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]

    def sign(self, bucket: str, name: str, method: str, **options: Any) -> str:
        """Return a signed URL (V4, five minutes unless told otherwise) made by the real client."""
        identity = {
            "client_email": ACCOUNT,
            "private_key": self._account_key.read_text(),
            "token_uri": f"{ISSUER}/token",
        }
        credentials = service_account.Credentials.from_service_account_info(identity)  # type: ignore[no-untyped-call]
        blob = self.client().bucket(bucket).blob(name)
        options = {"version": "v4", "expiration": 300, **options}
        url: str = blob.generate_signed_url(method=method, credentials=credentials, **options)
        return url

    def _config(self, buckets: Sequence[dict[str, Any]], events: Sequence[dict[str, str]]) -> dict[str, Any]:
        return {
            "buckets": list(buckets),
            "accounts": {ACCOUNT: str(self._account_key)},
            "events": list(events),
            "identity": ISSUER,
            "identity_key": str(self.identity_key),
        }

    def _end(self, signal_number: int) -> int:
        assert self._process is not None
        self._process.send_signal(signal_number)
        return self._process.wait(timeout=10)


@contextlib.contextmanager
def new_storage_server(folder: Path) -> Iterator[StorageServer]:
    """Give a server that the block starts, and that is ended with the block if it still runs."""
    server = StorageServer(folder)
    try:
        yield server
    finally:
        if server._process is not None and server._process.poll() is None:
            server.kill()
