"""Write the files that the parts are started with: keys once, configuration at every start."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from shared.local.functions.manifest import DeclaredFunction, declared_functions, declared_queues
from shared.local.identity.keys import load_or_create_key
from shared.local.identity.service_account import public_key_pem, write_service_account
from shared.local.realtimekit.config import Config as RealtimeKitConfig
from shared.local.supervisor.addresses import Addresses
from shared.local.supervisor.config import PlatformConfig


class PartConfig:
    """The files below DATA/config and DATA/identity that the command lines of the parts name."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._folder = addresses.data_dir / "config"
        self._identity_key = addresses.data_dir / "identity" / "key.pem"
        self._account_key = addresses.data_dir / "identity" / "functions.pem"

    def write(self, config: PlatformConfig) -> None:
        """Write every file; a key that is there is kept, so that URLs and tokens of an earlier start hold."""
        self._folder.mkdir(parents=True, exist_ok=True)
        load_or_create_key(self._identity_key)
        self._write_account()
        manifest = config.manifest
        functions = declared_functions(manifest)
        self._write("manifest", manifest)
        self._write("firestore", {"indexes": manifest["indexes"], "ttl": manifest["ttl"]})
        self._write("storage", self._storage(functions, config.buckets))
        self._write("tasks", self._tasks(declared_queues(manifest)))
        self._write("scheduler", self._scheduler(functions))
        self._write("realtimekit", msgspec.to_builtins(self._realtimekit(functions, config)))

    def path(self, name: str) -> Path:
        """Return the path of one configuration file."""
        return self._folder / f"{name}.json"

    def _write_account(self) -> None:
        write_service_account(
            self._addresses.service_account_file,
            email=self._addresses.account("functions"),
            token_uri=f"{self._addresses.identity}/token",
            project=self._addresses.project,
        )
        self._account_key.write_text(public_key_pem(self._addresses.service_account_file))

    def _storage(
        self, functions: Sequence[DeclaredFunction], buckets: Sequence[Mapping[str, object]]
    ) -> Mapping[str, object]:
        triggers = [function for function in functions if function.kind == "trigger"]
        return {
            "buckets": buckets,
            "accounts": {self._addresses.account("functions"): str(self._account_key)},
            "events": [{"bucket": trigger.bucket, **self._call(trigger, account="eventarc")} for trigger in triggers],
            "identity": self._addresses.identity,
            "identity_key": str(self._identity_key),
        }

    def _tasks(self, queues: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
        parent = f"projects/{self._addresses.project}/locations/{self._addresses.location}/queues"
        return {
            "queues": [{**queue, "name": f"{parent}/{queue['name']}"} for queue in queues],
            **self._signing(),
        }

    def _scheduler(self, functions: Sequence[DeclaredFunction]) -> Mapping[str, object]:
        jobs = [
            {
                "name": function.name,
                "schedule": function.schedule,
                "timeout_s": function.timeout_s,
                **self._call(function, account="scheduler"),
            }
            for function in functions
            if function.kind == "job"
        ]
        return {"jobs": jobs, **self._signing()}

    def _realtimekit(self, functions: Sequence[DeclaredFunction], config: PlatformConfig) -> RealtimeKitConfig:
        told = [function for function in functions if function.name == config.webhook_function]
        urls = [f"{self._addresses.functions[each.profile]}{each.mount}{each.path}" for each in told]
        return RealtimeKitConfig(webhook_url=urls[0] if urls else None, media=config.meeting_media)

    def _call(self, function: DeclaredFunction, *, account: str) -> Mapping[str, object]:
        """Say how a part calls a function: the audience of its token is the URL of the function."""
        url = self._addresses.function_urls[function.name]
        return {"url": url, "audience": url, "account": self._addresses.account(account)}

    def _signing(self) -> Mapping[str, object]:
        return {"issuer": self._addresses.identity, "identity_key": str(self._identity_key)}

    def _write(self, name: str, content: Mapping[str, object]) -> None:
        self.path(name).write_text(json.dumps(content, indent=2))
