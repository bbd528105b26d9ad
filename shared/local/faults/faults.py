"""What a part asks when something passes one of its places: is this the turn of a fault?"""

import logging
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from shared.local.faults.accounting import PLAN_FILE, ArmedFault, identity_of, read_armed
from shared.local.faults.plan import Action, Part, Place, PlanError

_log = logging.getLogger(__name__)


class Faults:
    """The faults of one part; a plan that replaces another is in force from the next question on.

    Make it in the process that leads the part: a crash ends that process and its group.
    """

    def __init__(self, part: Part, folder: Path) -> None:
        self._part = part
        self._folder = folder
        self._leader = os.getpid()
        self._identity = ""
        self._armed: list[ArmedFault] = []

    def meet(self, at: Place, subject: Mapping[str, str], *, but: Action | None = None) -> ArmedFault | None:
        """Stall or crash here if the plan says so; return a fault of another kind, for the caller to do.

        Faults that do `but` are left to somebody else.
        """
        armed = self._take(at, subject, but)
        if armed is None or armed.fault.do not in ("stall", "delay", "crash"):
            return armed
        if armed.fault.do == "crash":
            self._crash()
        time.sleep(armed.fault.delay_s or 0)
        return None

    def _take(self, at: Place, subject: Mapping[str, str], but: Action | None) -> ArmedFault | None:
        for armed in self._in_force():
            if armed.fault.do != but and armed.fault.fits(at, subject) and armed.take(subject):
                return armed
        return None

    def _in_force(self) -> list[ArmedFault]:
        identity = identity_of((self._folder / PLAN_FILE).stat())
        if identity != self._identity:
            try:
                armed = read_armed(self._folder)
            except PlanError as error:
                _log.error("%s", error)
                armed = []
            self._armed = [each for each in armed if each.fault.part == self._part]
            self._identity = identity
        return self._armed

    def _crash(self) -> None:
        """End the whole part as SIGKILL does."""
        if os.getpgrp() == self._leader:
            os.killpg(self._leader, signal.SIGKILL)
        for pid in (self._leader, os.getpid()):
            os.kill(pid, signal.SIGKILL)
