"""What a user has chosen, for one family."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from shared.recordings.recording import Caller, Family
from shared.structs import Struct, field


class Preferences(Struct, frozen=True, kw_only=True):
    """What a user has chosen of a family."""

    id: str
    chosen: Mapping[str, Any] = field(default_factory=dict)  #: only what differs from the family's defaults


def preferences_id(family: Family, caller: Caller) -> str:
    """The id under which a user's choices are kept; user ids may hold characters that document ids may not."""
    parts = "\x00".join((family, caller.tenant_id, caller.user_id))
    return hashlib.sha256(parts.encode()).hexdigest()
