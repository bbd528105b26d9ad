"""Values of every type that Firestore stores: few, so that they meet often, and at the borders of their types."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.cloud.firestore_v1 import GeoPoint
from hypothesis import strategies as st

PROJECT = "oracle"
COLLECTION = "things"

_BEGIN = datetime.now(UTC)


@dataclass(frozen=True)
class Pointer:
    """A reference to a document; Google's client encodes whatever has such a path."""

    id: str

    @property
    def _document_path(self) -> str:
        return f"projects/{PROJECT}/databases/(default)/documents/{COLLECTION}/{self.id}"


NUMBERS: list[int | float] = [
    *(1, 2, 0, -1, 2**53 + 1, 2**63 - 1, -(2**63)),
    *(1.0, 2.5, 0.0, -0.0, -0.5, 2.0**53, 1e300, math.inf, -math.inf, math.nan),
]
STRINGS = ["a", "b", "aa", "", "Z", "é", "\uffff", "𐍈", "a\x00"]
FINE_TIME = DatetimeWithNanoseconds(2024, 1, 1, nanosecond=1999, tzinfo=UTC)  # type: ignore[no-untyped-call]
TIMES = [
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    FINE_TIME,
]
SCALARS: list[Any] = [
    *NUMBERS,
    *STRINGS,
    *(None, False, True),
    *TIMES,
    *(b"", b"a", b"\xff", b"a\x00"),
    *(Pointer("a"), Pointer("b")),
    *(GeoPoint(0, 0), GeoPoint(0, -5), GeoPoint(1, -5)),
]

scalars = st.sampled_from(SCALARS)
maps = st.dictionaries(st.sampled_from(["x", "y", "p.q"]), scalars, max_size=2)
arrays = st.lists(scalars | maps, max_size=3)
values = scalars | arrays | maps | st.dictionaries(st.sampled_from(["x", "y"]), arrays | maps, max_size=1)


def comparable(value: Any) -> Any:
    """Return a value that was read such that 1 is not 1.0, NaN is NaN, and a time since the start is `now`."""
    if isinstance(value, dict):
        return {name: comparable(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [comparable(element) for element in value]
    if isinstance(value, DatetimeWithNanoseconds):
        return "now" if value > _BEGIN else value.rfc3339()  # type: ignore[no-untyped-call]
    if hasattr(value, "_document_path"):
        return f"-> {value._document_path}"
    return repr(value)
