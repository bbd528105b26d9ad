"""How often one address may do without credentials what costs something: counted exactly, in windows of an hour.

(none) ─first─▶ counted 1 … 20 ─one more─▶ refused, until the window is over
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from shared.errors import TooMany
from shared.structs import Struct, replace

WINDOW = timedelta(hours=1)
MOST_IN_WINDOW = 20


class RateWindow(Struct, frozen=True, kw_only=True):
    """What is kept of one address while its window lasts: never the address itself."""

    id: str
    count: int
    expire_at: datetime


def count_one(existing: RateWindow | None, *, id: str, now: datetime) -> RateWindow:
    """The window with one more request in it.

    Raises:
        TooMany: it is full; says when it is over.
    """
    if existing is None or existing.expire_at <= now:
        return RateWindow(id=id, count=1, expire_at=now + WINDOW)
    if existing.count >= MOST_IN_WINDOW:
        raise TooMany(retry_after_s=math.ceil((existing.expire_at - now).total_seconds()))
    return replace(existing, count=existing.count + 1)
