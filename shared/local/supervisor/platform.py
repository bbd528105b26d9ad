"""The local platform as one thing that is started and stopped."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Self

from shared.local.supervisor.addresses import Addresses
from shared.local.supervisor.config import PlatformConfig
from shared.local.supervisor.data_lock import DataLock
from shared.local.supervisor.errors import PartFailed
from shared.local.supervisor.parts import Part
from shared.local.supervisor.plan import Plan, make_plan
from shared.local.supervisor.ports import Ports
from shared.local.supervisor.supervised import SupervisedPart, Surroundings

_START_S = 60.0
_STOP_S = 5.0
_POLL_S = 0.02

_log = logging.getLogger(__name__)


class Platform:
    """All parts of one data folder, each a process group of its own, kept running until `stop`.

    A platform is started once:

        with Platform(config) as platform:
            platform.wait()
    """

    def __init__(self, config: PlatformConfig) -> None:
        self._config = config
        self._logs = config.data_dir / "logs"
        self._ports = Ports(config.data_dir / "ports.json")
        self._data_lock: DataLock | None = None
        self._plan: Plan | None = None
        self._parts: dict[str, SupervisedPart] = {}
        # Parts are started and stopped under this lock: none is started behind the back of a stop.
        self._life = threading.Lock()
        self._stopped = threading.Event()
        self._failure: str | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def addresses(self) -> Addresses:
        """Where the parts of the started platform are."""
        return self._started_plan.addresses

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead a program to the started platform, those of the product among them."""
        return self._started_plan.environment

    def start(self) -> Addresses:
        """Start every part; return when the functions of the api profile can be called.

        S3, the scheduler and the other profiles may become ready later: see `wait_ready`.

        Raises:
            DataFolderInUse: another platform runs on this data folder.
            EmulatorMissing: Google's Firestore emulator was asked for and is not installed.
            PartFailed: a part does not start; the message names its log.
        """
        self._data_lock = DataLock(self._config.data_dir)
        try:
            self._plan = make_plan(self._config, self._ports)
            self._run(self._plan, self._data_lock)
        except BaseException:
            self.stop()
            raise
        return self._plan.addresses

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until every part is ready.

        Raises:
            PartFailed: one is not, in time; the message names its log.
        """
        self._await([supervised.part for supervised in self._parts.values()], timeout_s)

    def wait(self) -> str | None:
        """Wait until the platform has stopped; return the reason if it gave up, None if `stop` was called."""
        self._stopped.wait()
        return self._failure

    def stop(self) -> None:
        """Stop every part: SIGTERM, and after 5 s SIGKILL. A second call changes nothing."""
        with self._life:
            if self._stopped.is_set():
                return
            deadline_s = time.monotonic() + _STOP_S
            for supervised in self._parts.values():
                supervised.begin_stop()
            for supervised in self._parts.values():
                supervised.finish_stop(deadline_s)
            self._ports.release()
            if self._data_lock is not None:
                self._data_lock.release()
            self._stopped.set()

    def kill(self, part: str) -> None:
        """End one part as a crash would, with all its processes; it is started again."""
        self._parts[part].kill()

    def pid(self, part: str) -> int:
        """Return the process that leads the group of one part."""
        return self._parts[part].pid

    @property
    def _started_plan(self) -> Plan:
        if self._plan is None:
            raise RuntimeError("the platform was not started")
        return self._plan

    def _run(self, plan: Plan, data_lock: DataLock) -> None:
        """Start the parts in two waves: on few cores, the API is ready long before the last one."""
        self._logs.mkdir(exist_ok=True)
        surroundings = Surroundings(plan.process_environment, self._logs, data_lock.descriptor)
        first = [part for part in plan.parts if not part.follows]
        self._launch(first, surroundings)
        self._await(first, _START_S)
        self._launch([part for part in plan.parts if part.follows], surroundings)

    def _launch(self, parts: Sequence[Part], surroundings: Surroundings) -> None:
        for part in parts:
            with self._life:
                if self._stopped.is_set():
                    raise PartFailed(self._failure or "the platform was stopped while it started")
                self._parts[part.name] = SupervisedPart(part, surroundings, self._give_up)

    def _await(self, parts: Sequence[Part], timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        for part in parts:
            while not part.is_ready:
                if self._failure is not None:
                    raise PartFailed(self._failure)
                if time.monotonic() > deadline_s:
                    log = self._logs / f"{part.name}.log"
                    raise PartFailed(f"{part.name} was not ready within {timeout_s:.0f} s: see {log}")
                time.sleep(_POLL_S)

    def _give_up(self, reason: str) -> None:
        self._failure = reason
        _log.error("%s; stopping the platform", reason)
        # Not from here: this is the thread of a part, and a stop waits for these threads.
        threading.Thread(target=self.stop, name="give-up").start()
