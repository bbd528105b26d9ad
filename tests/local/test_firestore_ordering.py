"""Sort keys against Google's own comparison of values."""

from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore_v1 import GeoPoint
from google.cloud.firestore_v1._helpers import encode_value
from google.cloud.firestore_v1.order import Order
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.local.firestore.ordering import AFTER, encode, invert

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from([2**53, 2**53 + 1, float(2**53), 0.0, -0.0, 0, 2**63 - 1, float(2**63)]),
    st.text(max_size=4),
    st.binary(max_size=4),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.builds(GeoPoint, st.floats(-90, 90), st.floats(-180, 180)),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=6,
)


def sort_key(value: Any) -> bytes:
    """Return the sort key of a Python value."""
    return encode(encode_value(value)._pb)


@settings(deadline=None)
@given(values, values)
@example("a", "a\x00")
@example(b"", b"\x00")
@example([], [None])
@example({"a": 1}, {"a": 1, "b": 1})
@example(0.0, -0.0)
@example(2**53, 2**53 + 1)
@example(2**53 + 1, float(2**53))
@example(2**63 - 1, float(2**63))
def test_sort_keys_compare_as_google_compares_the_values(left: Any, right: Any) -> None:
    expected = Order.compare(encode_value(left), encode_value(right))
    left_key, right_key = sort_key(left), sort_key(right)

    assert (left_key > right_key) - (left_key < right_key) == expected
    assert (invert(left_key) < invert(right_key)) - (invert(left_key) > invert(right_key)) == expected


@settings(deadline=None)
@given(values, values)
def test_no_sort_key_is_the_beginning_of_another(left: Any, right: Any) -> None:
    left_key, right_key = sort_key(left), sort_key(right)

    assert left_key == right_key or not left_key.startswith(right_key)
    assert left_key < AFTER
    assert invert(left_key) < AFTER
