"""The clock and the ids of this machine."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime
from uuid import uuid4


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class RandomIds:
    def uuid(self) -> str:
        return str(uuid4())

    def code(self, length: int) -> str:
        return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(length))
