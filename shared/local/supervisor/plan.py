"""From a configuration to processes: ports, files and command lines, with nothing started yet."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.local.faults.arming import FaultFields, arm, faults_folder
from shared.local.functions.manifest import declared_functions
from shared.local.supervisor.addresses import Addresses, client_environment, locate
from shared.local.supervisor.config import PlatformConfig
from shared.local.supervisor.google_firestore import find_jar, find_java
from shared.local.supervisor.part_config import PartConfig
from shared.local.supervisor.parts import SERVICES, Part, PartBuilder
from shared.local.supervisor.ports import Ports

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Plan:
    """What is to be started. `environment` is what is added to the caller's own."""

    addresses: Addresses
    parts: Sequence[Part]
    environment: Mapping[str, str]

    @property
    def process_environment(self) -> Mapping[str, str]:
        """The whole environment of a part."""
        python_path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        return {**os.environ, **self.environment, "PYTHONPATH": python_path, "PYTHONUNBUFFERED": "1"}


def make_plan(config: PlatformConfig, ports: Ports) -> Plan:
    """Reserve the ports and write the files that the parts are started with.

    Raises:
        EmulatorMissing: Google's Firestore emulator was asked for and is not installed.
        PlanError: the plan of faults says something that no part can do.
        msgspec.ValidationError: the manifest is not of the documented shape.
    """
    google_jar = _find_google_jar() if config.firestore == "google" else None
    data_dir = config.data_dir.resolve()
    profile_of = {function.name: function.profile for function in declared_functions(config.manifest)}
    port_of = ports.reserve([*SERVICES, *sorted(set(profile_of.values()))])
    addresses = locate(port_of, profile_of, project=config.project, location=config.location, data_dir=data_dir)
    part_config = PartConfig(addresses)
    part_config.write(config)
    return Plan(
        addresses=addresses,
        parts=PartBuilder(port_of, addresses, part_config, _arm_faults(config.faults, data_dir)).build(
            config.source.resolve(),
            config.docs_dir and config.docs_dir.resolve(),
            google_jar,
            config.s3_buckets,
        ),
        environment={**client_environment(addresses), **config.environment(addresses)},
    )


def _arm_faults(faults: Sequence[FaultFields] | None, data_dir: Path) -> Path | None:
    """Put the plan in force, with an account that begins anew, and return the folder of both."""
    if faults is None:
        return None
    folder = faults_folder(data_dir)
    shutil.rmtree(folder, ignore_errors=True)
    arm(folder, faults)
    return folder


def _find_google_jar() -> Path:
    find_java()
    return find_jar()
