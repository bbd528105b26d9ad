"""The settings of a platform on this machine, and the file that tells other programs of it."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from shared.local.realtimekit.config import ACCOUNT_ID, API_TOKEN, APP_ID
from shared.local.supervisor.addresses import Addresses
from shared.settings import Settings

UPLOADS_BUCKET = "uploads"
MEDIA_BUCKET = "media"
R2_BUCKET = "rooms-hot"
GLACIER_BUCKET = "rooms-cold"
ENVIRONMENT_FILE = "env"


def settings_of(addresses: Addresses) -> dict[str, str]:
    """The settings of the functions; a variable that is set already stays as it is."""
    chosen = {
        "PROJECT": addresses.project,
        "LOCATION": addresses.location,
        "UPLOADS_BUCKET": UPLOADS_BUCKET,
        "MEDIA_BUCKET": MEDIA_BUCKET,
        "FUNCTION_URL": f"{addresses.functions['api']}/fn/{{name}}",
        "FUNCTION_URLS": json.dumps(dict(addresses.function_urls)),
        "KEY_PEPPER": kept_secret(addresses.data_dir / "key_pepper"),
        "STEP_INVOKER": addresses.account("tasks"),
        "TRIGGER_INVOKER": addresses.account("eventarc"),
        "JOB_INVOKER": addresses.account("scheduler"),
        "OIDC_TRUST": "verify",
        "OIDC_ISSUER": addresses.identity,
        "OIDC_JWKS_URL": f"{addresses.identity}/certs",
        "CORS_ORIGINS": '["*"]',
        **_of_rooms(addresses),
        "RATE_PER_S": "1000",
        "RATE_BURST": "5000",
        "MAX_REQUEST_BYTES": "null",
        "MAX_STREAM_BYTES": "null",
    }
    mine = {f"PLAYHEAD_{name}": value for name, value in chosen.items()}
    given = {f"PLAYHEAD_{name.upper()}" for name in Settings.model_fields} & set(os.environ)
    return mine | {name: os.environ[name] for name in given}


def _of_rooms(addresses: Addresses) -> dict[str, str]:
    """What leads rooms to the local meeting service, and to the one S3 service that stands for both stores."""
    stores = {
        f"{store}_{name}": value
        for store in ("R2", "GLACIER")
        for name, value in {"URL": addresses.s3, "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}.items()
    }
    return {
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID,
        "CLOUDFLARE_APP_ID": APP_ID,
        "CLOUDFLARE_API_TOKEN": API_TOKEN,
        "CLOUDFLARE_URL": f"{addresses.realtimekit}/client/v4",
        "REALTIMEKIT_KEYS_URL": f"{addresses.realtimekit}/.well-known/webhooks.json",
        "RECORDING_READY_SECRET": kept_secret(addresses.data_dir / "recording_ready_secret"),
        "RECORDING_HOSTS": json.dumps([urlsplit(addresses.realtimekit).netloc]),
        "R2_BUCKET": R2_BUCKET,
        "GLACIER_BUCKET": GLACIER_BUCKET,
        **stores,
        "SEALING_KEY": kept_secret(addresses.data_dir / "sealing_key", make=_fernet_key),
    }


def _pepper() -> str:
    return secrets.token_urlsafe(48)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def kept_secret(path: Path, *, make: Callable[[], str] = _pepper) -> str:
    """A secret of this data folder: made once, readable by its owner alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(make())
    return path.read_text()


def write_environment(folder: Path, environment: Mapping[str, str]) -> Path:
    """Write the file that a shell can source; returns its path."""
    path = folder / ENVIRONMENT_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    return path


def read_environment(folder: Path) -> dict[str, str]:
    """What that file holds.

    Raises:
        FileNotFoundError: no platform has run on this folder.
    """
    lines = (folder / ENVIRONMENT_FILE).read_text().splitlines()
    pairs = (shlex.split(line.removeprefix("export "))[0].partition("=") for line in lines)
    return {name: value for name, _, value in pairs}
