"""Make moto's Glacier restore take time, as the real one does.

moto answers a restore request with an object that is readable at once, so a client that forgets to wait would
pass every test. Here a restore is in progress for a while: `Restore: ongoing-request="true"`, reads are
refused with `InvalidObjectState` and a second request with `RestoreAlreadyInProgress`, until it is over.
"""

import datetime

from moto.moto_api import state_manager
from moto.s3.models import FakeKey
from werkzeug import Response
from werkzeug.exceptions import Conflict

_IN_PROGRESS = "IN_PROGRESS"
_IN_PROGRESS_XML = (
    "<Error><Code>RestoreAlreadyInProgress</Code><Message>Object restore is already in progress</Message></Error>"
)


class RestoreAlreadyInProgress(Conflict):
    """A restore was asked for while another one of the same object is under way.

    Not one of moto's own errors: those take their status from the AWS service model, which omits this one.
    """

    def __init__(self) -> None:
        super().__init__(response=Response(_IN_PROGRESS_XML, status=409, content_type="application/xml"))


def make_restore_asynchronous(duration_s: float) -> None:
    """Let every restore of this process take `duration_s` seconds."""
    state_manager.set_transition("s3::keyrestore", {"progression": "time", "seconds": duration_s})
    restore_at_once = FakeKey.restore

    def start_restore(self: FakeKey, days: int) -> None:
        was_asked_before = self.expiry_date is not None
        if was_asked_before and self.status == _IN_PROGRESS:
            raise RestoreAlreadyInProgress
        restore_at_once(self, days)
        if not was_asked_before:
            self.status = _IN_PROGRESS
            self._time_progressed = datetime.datetime.now()  # noqa: DTZ005 - moto compares with naive local time

    FakeKey.restore = start_restore  # type: ignore[method-assign]
