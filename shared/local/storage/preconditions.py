"""What a client expects of the object it reads, replaces, changes or deletes."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.local.storage.errors import InvalidRequest, NotModified, PreconditionFailed
from shared.local.storage.resources import StoredObject


@dataclass(frozen=True)
class Preconditions:
    """Expected generation and metageneration; a missing object has 0 of both."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str], prefix: str = "if") -> "Preconditions":
        """Read the JSON API's `ifGenerationMatch` and its siblings (`ifSource…` for a copy's source)."""
        return cls(
            parse_generation(query.get(f"{prefix}GenerationMatch")),
            parse_generation(query.get(f"{prefix}GenerationNotMatch")),
            parse_generation(query.get(f"{prefix}MetagenerationMatch")),
            parse_generation(query.get(f"{prefix}MetagenerationNotMatch")),
        )

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "Preconditions":
        """Read the XML API's `x-goog-if-generation-match` and `x-goog-if-metageneration-match`."""
        return cls(
            generation_match=parse_generation(headers.get("x-goog-if-generation-match")),
            metageneration_match=parse_generation(headers.get("x-goog-if-metageneration-match")),
        )

    def check(self, found: StoredObject | None, *, reading: bool = False) -> None:
        """Refuse when the object is not the expected one.

        Raises:
            PreconditionFailed: 412.
            NotModified: 304, for a read whose `NotMatch` condition does not hold.
        """
        generation = found.generation if found else 0
        metageneration = found.metageneration if found else 0
        if self.generation_match not in (None, generation):
            raise PreconditionFailed
        if self.metageneration_match not in (None, metageneration):
            raise PreconditionFailed
        if self.generation_not_match == generation or self.metageneration_not_match == metageneration:
            raise NotModified if reading else PreconditionFailed


def parse_generation(value: str | int | None) -> int | None:
    """Return a generation or metageneration that may be missing."""
    if value is None:
        return None
    try:
        return int(value)
    except ValueError as error:
        raise InvalidRequest(f"Invalid generation: {value!r}") from error
