"""What reconciling compares, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.ports import Ids, Tasks
from shared.ports.files import ColdFiles, FileStore, HotFiles
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.files import Tier
from shared.recordings.recording import Recording
from shared.recordings.runs import RunState
from shared.structs import Struct

ACTOR = "cli:reconcile"
#: Whatever is younger may belong to something that is under way.
SETTLED_AFTER = timedelta(hours=24)
#: How many rows are read at once.
PAGE = 100


class Sides(Struct, frozen=True, kw_only=True):
    """What is compared, and what remedies need beside."""

    rooms: Rooms
    hot: HotFiles
    cold: ColdFiles
    meetings: Meetings
    tasks: Tasks
    ids: Ids
    now: datetime
    #: Returns when the provider may be asked once more.
    await_turn: Callable[[], None] = lambda: None

    def store(self, tier: Tier) -> FileStore:
        """The store of that tier."""
        return self.hot if tier is Tier.HOT else self.cold

    def is_settled(self, at: datetime | None) -> bool:
        """Whether what was made then cannot be under way any more."""
        return at is not None and at + SETTLED_AFTER <= self.now

    def has_live_run(self, recording: Recording | None) -> bool:
        """Whether something is being done with the recording just now; costs a read."""
        run = self.rooms.find_run(recording.current_run) if recording and recording.current_run else None
        return run is not None and run.state is RunState.LIVE


class Remedy(Struct, frozen=True):
    """What sets a disagreement right without losing anything."""

    does: str  #: in the imperative
    apply: Callable[[], bool]  #: looks again before it does anything; whether all is well now


class Finding(Struct, frozen=True):
    """Something that two sides do not agree on; without a remedy it needs a person."""

    subject: str
    problem: str
    remedy: Remedy | None = None
