"""Who may know of a recording, and how everybody else is told that there is none."""

from __future__ import annotations

from shared.errors import NotFound
from shared.ports import Recordings
from shared.recordings.recording import Caller, Family, Recording

#: In these families a recording belongs to the user who made it; in the others, to the tenant.
OWNED_BY_USERS = frozenset({Family.FEEDBACK, Family.SESSIONS})


def is_visible(recording: Recording | None, *, family: Family, to: Caller) -> bool:
    """Whether the caller may know of this recording: of this family, of their tenant, and theirs where that counts."""
    if recording is None or recording.family is not family or recording.tenant_id != to.tenant_id:
        return False
    return family not in OWNED_BY_USERS or recording.user_id == to.user_id


def find_recording(id: str, *, family: Family, by: Caller, recordings: Recordings) -> Recording:
    """The caller's recording.

    Raises:
        NotFound: unknown, deleted, of another family or of another tenant: the caller cannot tell which.
    """
    recording = recordings.find(id)
    if recording is None or not is_visible(recording, family=family, to=by):
        raise not_found(family)
    return recording


def not_found(family: Family) -> NotFound:
    """The same words whatever the reason: unknown, deleted, somebody else's."""
    return NotFound("session not found" if family is Family.SESSIONS else "recording not found")
