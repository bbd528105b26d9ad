"""What the local platform knows of a product: the functions that its manifest declares."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Kind = Literal["endpoint", "trigger", "step", "task", "job"]
Profile = Literal["api", "media", "browser"]


class DeclaredFunction(msgspec.Struct, frozen=True):
    """One function of the manifest; what does not apply to its kind is None."""

    name: str
    kind: Kind
    signature: Literal["http", "cloudevent"]
    profile: Profile
    method: str | None = None
    mount: str = ""
    path: str | None = None
    bucket: str | None = None
    schedule: str | None = None
    timeout_s: int = 60


def declared_functions(manifest: Mapping[str, object]) -> Sequence[DeclaredFunction]:
    """Return the functions in the order of the manifest.

    Raises:
        msgspec.ValidationError: the manifest is not of the documented shape; the message names the place.
    """
    return msgspec.convert(manifest["functions"], list[DeclaredFunction])


def declared_queues(manifest: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """Return the settings of each task queue, its short name among them."""
    return msgspec.convert(manifest["queues"], list[dict[str, object]])
