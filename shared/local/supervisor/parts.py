"""The parts of a platform: the command line of each, and how it says that it is ready."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.local.supervisor.addresses import Addresses
from shared.local.supervisor.part_config import PartConfig
from shared.local.supervisor.readiness import answers_grpc, answers_http

SERVICES = ("identity", "firestore", "storage", "tasks", "scheduler", "s3", "realtimekit")
_FOLLOWERS = frozenset({"s3", "realtimekit", "scheduler", "media", "browser"})


@dataclass(frozen=True)
class Part:
    """One server of the platform; a follower may become ready after the API."""

    name: str
    command: Sequence[str]
    port: int
    answers: Callable[[int], bool]

    @property
    def follows(self) -> bool:
        return self.name in _FOLLOWERS

    @property
    def is_ready(self) -> bool:
        return self.answers(self.port)


class PartBuilder:
    """Make the parts of one platform; with `faults` they look in that folder for what is to go wrong."""

    def __init__(
        self, ports: Mapping[str, int], addresses: Addresses, config: PartConfig, faults: Path | None = None
    ) -> None:
        self._ports = ports
        self._data = str(addresses.data_dir)
        self._profiles = list(addresses.functions)
        self._config = config
        self._faults = ("--faults", str(faults)) if faults else ()

    def build(
        self, source: Path, docs_dir: Path | None, google_jar: Path | None, s3_buckets: Sequence[str] = ()
    ) -> Sequence[Part]:
        """Return the services and one functions server per profile that has functions.

        With `google_jar` the firestore part is Google's emulator in that file.
        """
        data = ("--data", self._data, *self._faults)
        return [
            self._part("identity", *data),
            self._google_firestore(google_jar) if google_jar else self._firestore(),
            self._part("storage", *data, "--config", self._file("storage")),
            self._part("tasks", *data, "--config", self._file("tasks"), answers=answers_grpc),
            *(self._functions(profile, source, docs_dir) for profile in self._profiles),
            self._part("scheduler", "--config", self._file("scheduler"), *self._faults),
            self._part("s3", *data, *(f"--bucket={name}" for name in s3_buckets)),
            self._part("realtimekit", *data, "--config", self._file("realtimekit")),
        ]

    def _firestore(self) -> Part:
        options = ("--data", self._data, "--schema", self._file("firestore"))
        return self._part("firestore", *options, *self._faults, answers=answers_grpc)

    def _google_firestore(self, jar: Path) -> Part:
        module = "supervisor.google_firestore"
        return self._part("firestore", "--jar", str(jar), module=module, answers=answers_grpc)

    def _functions(self, profile: str, source: Path, docs_dir: Path | None) -> Part:
        options = ["--profile", profile, "--source", str(source), "--manifest", self._file("manifest"), *self._faults]
        if docs_dir is not None and profile == "api":
            options += ["--docs", str(docs_dir)]
        return self._part(profile, *options, module="functions")

    def _part(
        self,
        name: str,
        *options: str,
        module: str | None = None,
        answers: Callable[[int], bool] = answers_http,
    ) -> Part:
        port = self._ports[name]
        # -P: a folder named `shared` in the current directory must not be taken for ours.
        command = [sys.executable, "-P", "-m", f"shared.local.{module or name}", "--port", str(port)]
        return Part(name, [*command, *options, "--parent", str(os.getpid())], port, answers)

    def _file(self, name: str) -> str:
        return str(self._config.path(name))
