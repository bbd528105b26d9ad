"""The wire APIs by name: where each is mounted and how its errors look."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from shared.errors import PlayheadError
from shared.structs import Struct


class ApiFamily(Struct, frozen=True, dict=True):
    """One API. Its error model is named as text: a function imports its own family only."""

    name: str
    title: str
    mount: str
    error_model: str

    @cached_property
    def errors(self) -> Any:
        """The family's error model, with `of(error, request_id)`."""
        module, _, name = self.error_model.partition(":")
        return getattr(importlib.import_module(module), name)

    def code_of(self, failure: type[PlayheadError]) -> str:
        """The family's machine code of a kind of failure."""
        own: Mapping[str, str] = getattr(self.errors, "codes", {})
        return own.get(failure.code, failure.code)

    def render(self, error: PlayheadError, request_id: str) -> str:
        """The family's JSON for a failure."""
        text: str = self.errors.of(error, request_id).model_dump_json(by_alias=True, exclude_none=True)
        return text


FAMILIES: dict[str, ApiFamily] = {
    family.name: family
    for family in (
        ApiFamily("capture", "Browser recordings", "/capture", "shared.capture.api:ErrorOut"),
        ApiFamily("feedback", "Feedback, analysed with evidence", "/feedback", "shared.feedback.api:ErrorOut"),
        ApiFamily("rooms", "Meeting rooms and their recordings", "/rooms", "shared.rooms.api:ErrorOut"),
        ApiFamily("sessions", "Screen recordings for coding agents", "/sessions", "shared.sessions.api:ErrorOut"),
    )
}


def family_of(function: str) -> ApiFamily:
    """The family that a function's name begins with."""
    return FAMILIES[function.partition("_")[0]]
