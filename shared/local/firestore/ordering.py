"""Firestore's total order over values, as bytes that compare the same way.

Every value is encoded so that `encode(a) < encode(b)` exactly when Firestore sorts `a` before `b`, and so that
no encoding is the beginning of another. Encodings can therefore be joined into the key of a composite index,
and a descending field is the same bytes, inverted. The first byte is the type: null, boolean, NaN, number,
timestamp, string, bytes, reference, geographical point, array, map. No encoding, inverted or not, starts with
0xff, so `key + AFTER` sorts behind everything that begins with `key`.

Order of types: firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering.
"""

import math
import re
import struct
from collections.abc import Callable

from shared.local.firestore.wire import Message

NULL = b"\x10"
NAN = b"\x28"
TIMESTAMP = b"\x40"
ARRAY = b"\x90"
AFTER = b"\xff"

_BOOLEAN = b"\x20"
_NUMBER = b"\x30"
_STRING = b"\x50"
_BYTES = b"\x60"
_REFERENCE = b"\x70"
_GEO_POINT = b"\x80"
_MAP = b"\xa0"
_END = b"\x01"

_INVERTED = bytes(255 - byte for byte in range(256))
_SIGN = 1 << 63
_ALL = (1 << 64) - 1
_NUMERIC_ID = re.compile(r"__id(-?\d+)__")


def encode(value: Message) -> bytes:
    """Return the sort key of a `Value`."""
    return _ENCODERS[value.WhichOneof("value_type")](value)


def invert(key: bytes) -> bytes:
    """Return the key that sorts the other way round."""
    return key.translate(_INVERTED)


def encode_reference(name: str) -> bytes:
    """Return the sort key of a document name; numeric ids (`__id7__`) come before all others."""
    return _REFERENCE + b"".join(map(_encode_segment, name.split("/"))) + _END


def _encode_segment(segment: str) -> bytes:
    if numeric := _NUMERIC_ID.fullmatch(segment):
        return b"\x02" + struct.pack(">Q", int(numeric[1]) + _SIGN)
    return b"\x03" + _terminated(segment.encode())


def _terminated(text: bytes) -> bytes:
    return text.replace(b"\x00", b"\x00\xff") + b"\x00\x01"


def _encode_float(number: float) -> bytes:
    """Return 8 bytes: IEEE bits with the sign inverted, and all of them where the number is negative."""
    bits: int = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]  # -0.0 + 0.0 is 0.0
    return struct.pack(">Q", bits ^ (_ALL if bits & _SIGN else _SIGN))


def _encode_double(value: Message) -> bytes:
    number: float = value.double_value
    return NAN if math.isnan(number) else _NUMBER + _encode_float(number) + b"\x80\x00"


def _encode_integer(value: Message) -> bytes:
    """Return the nearest double and what is missing to the integer, so that 2**53 + 1 sorts behind 2.0**53."""
    nearest = float(value.integer_value)
    return _NUMBER + _encode_float(nearest) + struct.pack(">H", value.integer_value - int(nearest) + 0x8000)


def _encode_timestamp(value: Message) -> bytes:
    moment = value.timestamp_value
    return TIMESTAMP + struct.pack(">QI", moment.seconds + _SIGN, moment.nanos // 1000)


def _encode_geo_point(value: Message) -> bytes:
    point = value.geo_point_value
    return _GEO_POINT + _encode_float(point.latitude) + _encode_float(point.longitude)


def _encode_array(value: Message) -> bytes:
    return ARRAY + b"".join(map(encode, value.array_value.values)) + _END


def _encode_map(value: Message) -> bytes:
    fields = value.map_value.fields
    entries = (_STRING + _terminated(name.encode()) + encode(fields[name]) for name in sorted(fields))
    return _MAP + b"".join(entries) + _END


_ENCODERS: dict[str | None, Callable[[Message], bytes]] = {
    None: lambda _: NULL,
    "null_value": lambda _: NULL,
    "boolean_value": lambda value: _BOOLEAN + bytes([value.boolean_value]),
    "integer_value": _encode_integer,
    "double_value": _encode_double,
    "timestamp_value": _encode_timestamp,
    "string_value": lambda value: _STRING + _terminated(value.string_value.encode()),
    "bytes_value": lambda value: _BYTES + _terminated(value.bytes_value),
    "reference_value": lambda value: encode_reference(value.reference_value),
    "geo_point_value": _encode_geo_point,
    "array_value": _encode_array,
    "map_value": _encode_map,
}
