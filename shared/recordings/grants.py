"""Leave to upload a file before there is a recording: for one user, once, for a while.

A grant's id is the id of the recording that it will become, so that the object lies where that recording's lie.
"""

from __future__ import annotations

from datetime import datetime

from shared.recordings.recording import Caller, Family
from shared.structs import Struct


class UploadGrant(Struct, frozen=True, kw_only=True):
    """Leave to upload a file, given before there is a recording."""

    id: str
    family: Family
    tenant_id: str
    user_id: str
    content_type: str
    expire_at: datetime

    def is_of(self, caller: Caller, *, now: datetime) -> bool:
        """Whether this caller may still use it."""
        return (self.tenant_id, self.user_id) == (caller.tenant_id, caller.user_id) and now < self.expire_at
