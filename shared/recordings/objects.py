"""The names of all objects: rendered and parsed here and nowhere else.

    uploads   <family>/<recording>/upload
    media     <family>/<recording>/events/<file>                             written at create
              <family>/<recording>/edits/<edit>/<file>                         written when its owner changed it
              <family>/<recording>/runs/<run>/<step>.<fence>[.<shard>]/<file>  written by one attempt of a step

Everything of a recording lies under one prefix per bucket, so that deleting it is one listing.
"""

from __future__ import annotations

import re

from shared.recordings.recording import Family
from shared.structs import Struct

_ID = r"[A-Za-z0-9_-]{1,64}"
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_FILE = r"[a-z0-9][a-z0-9_.-]{0,63}"
_PATTERN = (
    rf"(?P<family>{'|'.join(Family)})/(?P<recording_id>{_ID})/"
    rf"(?:upload|events/(?P<events_file>{_FILE})"
    rf"|edits/(?P<edit>{_ID})/(?P<edits_file>{_FILE})"
    rf"|runs/(?P<run_id>{_ID})/(?P<step>[a-z_]{{1,64}})\.(?P<fence>{_NUMBER})(?:\.(?P<shard>{_NUMBER}))?/(?P<file>{_FILE}))"
)


class UploadName(Struct, frozen=True):
    """What a client writes."""

    family: Family
    recording_id: str

    def render(self) -> str:
        return f"{self.family}/{self.recording_id}/upload"


class EventsName(Struct, frozen=True):
    """What is written before the recording exists."""

    family: Family
    recording_id: str
    file: str

    def render(self) -> str:
        return f"{self.family}/{self.recording_id}/events/{self.file}"


class OutputName(Struct, frozen=True):
    """What one attempt of a step writes; nobody else ever writes under this name."""

    family: Family
    recording_id: str
    run_id: str
    step: str
    fence: int
    file: str
    shard: int | None = None

    def render(self) -> str:
        return f"{self.attempt_prefix}{self.file}"

    @property
    def attempt_prefix(self) -> str:
        """What all outputs of this attempt begin with."""
        part = "" if self.shard is None else f".{self.shard}"
        return f"{self.family}/{self.recording_id}/runs/{self.run_id}/{self.step}.{self.fence}{part}/"


class EditName(Struct, frozen=True):
    """What takes the place of an output when a recording's owner has changed it; each edit has an id of its own."""

    family: Family
    recording_id: str
    edit: str
    file: str

    def render(self) -> str:
        return f"{self.family}/{self.recording_id}/edits/{self.edit}/{self.file}"


ObjectName = UploadName | EventsName | OutputName | EditName


def prefix_of(family: Family, recording_id: str) -> str:
    """What all objects of a recording begin with."""
    return f"{family}/{recording_id}/"


def step_prefix(family: Family, recording_id: str, run_id: str, step: str) -> str:
    """What all outputs of a step begin with, whatever the attempt."""
    return f"{prefix_of(family, recording_id)}runs/{run_id}/{step}."


def parse(name: str) -> ObjectName | None:
    """The name's parts, or None where it is none of ours. `parse(name.render()) == name`."""
    found = re.fullmatch(_PATTERN, name)  # compiled when it is first needed
    if found is None:
        return None
    family, recording_id = Family(found["family"]), found["recording_id"]
    if found["events_file"]:
        return EventsName(family, recording_id, found["events_file"])
    if found["edit"]:
        return EditName(family, recording_id, found["edit"], found["edits_file"])
    if found["run_id"]:
        shard = None if found["shard"] is None else int(found["shard"])
        return OutputName(
            family, recording_id, found["run_id"], found["step"], int(found["fence"]), found["file"], shard
        )
    return UploadName(family, recording_id)
