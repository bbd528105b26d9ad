"""Deliveries that go wrong: made twice, late, never, in another order."""

import contextlib
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from shared.local.faults.accounting import ArmedFault
    from shared.local.faults.faults import Faults


Answer = TypeVar("Answer")

_HELD_BACK_S = 2.0


class FaultyDeliveries(Generic[Answer]):
    """The deliveries of one part.

    `answer` makes an answer of a status that nobody gave, `lost` the error of a delivery that nobody got.
    """

    def __init__(self, faults: "Faults", *, answer: Callable[[int], Answer], lost: Callable[[str], Exception]) -> None:
        self._faults = faults
        self._answer = answer
        self._lost = lost
        # Guards the deliveries that wait for another one to overtake them.
        self._lock = threading.Lock()
        self._held_back: list[tuple[ArmedFault, threading.Event]] = []

    def make(self, send: Callable[[], Answer], url: str, **subject: str) -> Answer:
        """Return what `send` returns, unless a fault comes between."""
        subject["function"] = urllib.parse.urlsplit(url).path.strip("/").rpartition("/")[2]
        overtaken = self._overtake(subject)
        armed = self._faults.meet("deliver", subject, but="reorder" if overtaken else None)
        try:
            return self._make(send, armed)
        finally:
            for made in overtaken:
                made.set()

    def _make(self, send: Callable[[], Answer], armed: "ArmedFault | None") -> Answer:
        if armed is None:
            return send()
        if armed.fault.do == "drop":
            raise self._lost("dropped by a fault of the plan")
        if armed.fault.status is not None:
            return self._answer(armed.fault.status)
        if armed.fault.do == "reorder":
            self._hold_back(armed)
        if armed.fault.do == "duplicate":
            second = threading.Timer(armed.fault.delay_s or 0, _send_unheard, (send,))
            second.daemon = True
            second.start()
        return send()

    def _hold_back(self, armed: "ArmedFault") -> None:
        entry = (armed, threading.Event())
        with self._lock:
            self._held_back.append(entry)
        if entry[1].wait(_HELD_BACK_S):
            return
        with self._lock:
            nobody_came = entry in self._held_back
            if nobody_came:
                self._held_back.remove(entry)
        if nobody_came:
            armed.give_back()

    def _overtake(self, subject: Mapping[str, str]) -> list[threading.Event]:
        with self._lock:
            overtaken = [entry for entry in self._held_back if entry[0].fault.fits("deliver", subject)]
            self._held_back = [entry for entry in self._held_back if entry not in overtaken]
        return [made for _, made in overtaken]


def _send_unheard(send: Callable[[], object]) -> None:
    # Whoever is answered twice hears the first answer only.
    with contextlib.suppress(Exception):
        send()
