"""The ids of this family: a word for what it is, and enough chance that nobody guesses or meets another."""

from __future__ import annotations

import re

from shared.ports import Ids

_RANDOM_CHARACTERS = 20
_ROOM_ID = re.compile(r"room_[a-z0-9]{12,64}")
_DELIVERY_ID = re.compile(r"dlv_[a-z0-9]{12,64}")


def new_recording_id(ids: Ids) -> str:
    """A new id `rec_…`."""
    return _new("rec", ids)


def new_room_id(ids: Ids) -> str:
    """A new id `room_…`."""
    return _new("room", ids)


def is_room_id(text: str) -> bool:
    """Whether a room could have this id; nothing else is looked up."""
    return _ROOM_ID.fullmatch(text) is not None


def delivery_id(recording_id: str) -> str:
    """The id `dlv_…` of what is told about a recording: it is told once."""
    return f"dlv_{recording_id.removeprefix('rec_')}"


def is_delivery_id(text: str) -> bool:
    """Whether a delivery could have this id; nothing else is looked up."""
    return _DELIVERY_ID.fullmatch(text) is not None


def _new(kind: str, ids: Ids) -> str:
    return f"{kind}_{ids.code(_RANDOM_CHARACTERS).lower()}"
