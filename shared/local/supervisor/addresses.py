"""Where everything is, and the environment variables that tell clients."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = "127.0.0.1"


@dataclass(frozen=True)
class Addresses:
    """The addresses of a running platform.

    Those of gRPC services are `host:port`, all others URLs without a trailing slash. `functions` is the base URL
    of each profile that has functions, `function_urls` the URL of each function by its name.
    """

    project: str
    location: str
    data_dir: Path
    service_account_file: Path
    firestore: str
    tasks: str
    storage: str
    scheduler: str
    identity: str
    s3: str
    realtimekit: str
    functions: Mapping[str, str]
    function_urls: Mapping[str, str]

    def account(self, name: str) -> str:
        """Return the e-mail of a service account of the project."""
        return f"{name}@{self.project}.iam.gserviceaccount.com"


def locate(
    ports: Mapping[str, int],
    profile_of: Mapping[str, str],
    *,
    project: str,
    location: str,
    data_dir: Path,
) -> Addresses:
    """Return the addresses of parts that listen on `ports`; `profile_of` names the profile of each function."""
    functions = {profile: _url(ports[profile]) for profile in sorted(set(profile_of.values()))}
    return Addresses(
        project=project,
        location=location,
        data_dir=data_dir,
        service_account_file=data_dir / "identity" / "functions.json",
        firestore=f"{_HERE}:{ports['firestore']}",
        tasks=f"{_HERE}:{ports['tasks']}",
        storage=_url(ports["storage"]),
        scheduler=_url(ports["scheduler"]),
        identity=_url(ports["identity"]),
        s3=_url(ports["s3"]),
        realtimekit=_url(ports["realtimekit"]),
        functions=functions,
        function_urls={name: f"{functions[profile]}/fn/{name}" for name, profile in profile_of.items()},
    )


def client_environment(addresses: Addresses) -> Mapping[str, str]:
    """Return the variables that lead Google's and Amazon's own clients to the platform."""
    here = "127.0.0.1,localhost"
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY"), here]))
    return {
        "GOOGLE_CLOUD_PROJECT": addresses.project,
        "GOOGLE_APPLICATION_CREDENTIALS": str(addresses.service_account_file),
        "FIRESTORE_EMULATOR_HOST": addresses.firestore,
        "STORAGE_EMULATOR_HOST": addresses.storage,
        "CLOUD_TASKS_EMULATOR_HOST": addresses.tasks,
        "AWS_ENDPOINT_URL": addresses.s3,
        "LOCALSTACK_HOST": addresses.s3.removeprefix("http://"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def _url(port: int) -> str:
    return f"http://{_HERE}:{port}"
