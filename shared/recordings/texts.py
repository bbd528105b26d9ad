"""A text of a recording that is too long for the recording's own document, such as a prompt."""

from __future__ import annotations

from shared.structs import Struct


class Text(Struct, frozen=True, kw_only=True):
    """One text of one recording, under a name that is the recording's alone."""

    recording_id: str
    name: str
    content: str
