"""Request bodies: what is too large, broken or hostile is refused in time, and what is taken is taken as it came."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, Field
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from shared.edge import bodies
from shared.edge.bodies import parse_body, read_body
from shared.errors import InvalidRequest, TooLarge
from shared.wire import RawJson, WireModel


class Sample(WireModel):
    """A body with a member that is parsed and one that is kept."""

    value: Any = None
    kept: RawJson = msgspec.Raw(b"null")


class Needy(WireModel):
    needed: int


class Strict(Needy):
    model_config = ConfigDict(extra="forbid")


class Aliased(WireModel):
    in_python: int = Field(0, alias="onTheWire")


def request(body: bytes, *, encoding: str | None = None, announced: int | None = None) -> Request:
    headers = Headers({"Content-Encoding": encoding} if encoding is not None else {})
    environ = EnvironBuilder(method="POST", data=body, headers=headers).get_environ()
    environ["CONTENT_LENGTH"] = str(len(body) if announced is None else announced)
    return Request(environ)


def chunked(body: bytes) -> Request:
    """A request whose length nobody has announced."""
    environ = EnvironBuilder(method="POST", input_stream=io.BytesIO(body)).get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input_terminated"] = True
    return Request(environ)


def read(sent: Request, *, cap_bytes: int | None = None) -> bytes:
    return read_body(sent, cap_bytes=cap_bytes)


def peak_bytes(work: Callable[[], object]) -> int:
    """The most memory that `work` has held at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestReading:
    @given(st.binary(max_size=300))
    def test_a_body_is_read_as_it_came_or_inflated(self, body: bytes) -> None:
        assert read(request(body)) == body
        assert read(chunked(body)) == body
        assert read(request(gzip.compress(body), encoding="gzip")) == body

    @pytest.mark.parametrize("encoding", ["identity", "", "GZIP"])
    def test_an_encoding_is_a_name_in_any_case(self, encoding: str) -> None:
        body = gzip.compress(b"{}") if encoding == "GZIP" else b"{}"

        assert read(request(body, encoding=encoding)) == b"{}"

    @pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x-gzip"])
    def test_an_encoding_that_we_do_not_know_is_refused(self, encoding: str) -> None:
        with pytest.raises(InvalidRequest, match="gzip"):
            read(request(b"{}", encoding=encoding))

    def test_a_body_of_exactly_the_cap_is_taken(self) -> None:
        assert read(request(b"x" * 100), cap_bytes=100) == b"x" * 100
        assert read(chunked(b"x" * 100), cap_bytes=100) == b"x" * 100

    @pytest.mark.parametrize("sent", [request(b"x" * 101), chunked(b"x" * 101)], ids=["announced", "chunked"])
    def test_a_larger_body_is_refused_with_the_cap(self, sent: Request) -> None:
        with pytest.raises(TooLarge, match="100 bytes"):
            read(sent, cap_bytes=100)

    def test_a_refused_body_is_not_read(self) -> None:
        sent = request(b"x" * 3_000_000)

        with pytest.raises(TooLarge):
            read(sent, cap_bytes=100)

        assert len(sent.stream.read()) == 3_000_000

    def test_a_body_that_was_cut_short_is_refused(self) -> None:
        with pytest.raises(InvalidRequest):
            read(request(b'{"a":', announced=100))

    def test_a_gzip_bomb_is_refused_in_bounded_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies, "MAX_INFLATED_BYTES", 1024 * 1024)
        bomb = request(gzip.compress(bytes(64 * 1024 * 1024)), encoding="gzip")

        def read_bomb() -> None:
            with pytest.raises(TooLarge, match="1,048,576 bytes"):
                read(bomb)

        assert peak_bytes(read_bomb) < 4 * 1024 * 1024

    def test_a_body_is_inflated_into_no_more_memory_than_it_fills(self) -> None:
        body = request(gzip.compress(bytes(16 * 1024 * 1024)), encoding="gzip")

        assert peak_bytes(lambda: read(body)) < 20 * 1024 * 1024

    def test_what_follows_a_gzip_stream_is_not_read(self) -> None:
        followed = gzip.compress(b"{}") + bytes(16 * 1024 * 1024)

        def read_on() -> None:
            with pytest.raises(InvalidRequest, match="gzip"):
                bodies._inflate(followed)

        assert peak_bytes(read_on) < 1024 * 1024

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            gzip.compress(b"{}")[:-1],
            gzip.compress(b"{}")[:12],
            gzip.compress(b"{}")[:-8] + bytes(8),
            gzip.compress(b"{}") + b"garbage",
            gzip.compress(b"{}") + gzip.compress(b"{}"),
            zlib.compress(b"{}"),
        ],
        ids=["empty", "plain", "no end", "no middle", "bad checksum", "garbage", "two members", "zlib"],
    )
    def test_what_is_not_one_whole_gzip_stream_is_refused(self, body: bytes) -> None:
        with pytest.raises(InvalidRequest, match="gzip"):
            read(request(body, encoding="gzip"))


class TestParsing:
    @pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"', b"true"])
    def test_a_body_that_is_no_object_is_refused(self, body: bytes) -> None:
        with pytest.raises(InvalidRequest, match="must be a JSON object"):
            parse_body(body, Sample)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"{",
            b"{} {}",
            b"{}x",
            b"{'value':1}",
            b'{"value":NaN}',
            b'{"value":Infinity}',
            b'{"value":-Infinity}',
            b'{"kept":NaN}',
            b'{"value":01}',
            b'{"value":1,}',
            b'{"value":"\x01"}',
            b'{"value":"\\x41"}',
            b"\xef\xbb\xbf{}",
            b'{"value":' + b"[" * 5000 + b"]" * 5000 + b"}",
            b'{"kept":' + b"[" * 5000 + b"]" * 5000 + b"}",
            b'{"kept":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        ],
    )
    def test_a_body_that_is_not_json_is_refused(self, body: bytes) -> None:
        with pytest.raises(InvalidRequest, match="not valid JSON"):
            parse_body(body, Sample)

    @pytest.mark.parametrize("number", ["1e999", "1" * 5000])
    def test_a_number_that_is_out_of_range_is_refused_as_such(self, number: str) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            parse_body(f'{{"value":{number}}}'.encode(), Sample)

        assert "out of range" in refusal.value.message

    @pytest.mark.parametrize(
        "body", [b'{"value":"\xff"}', b'{"\xc3\x28":1}', b'{"value":"\xed\xa0\x80"}', b'{"kept":["\xff"]}']
    )
    def test_a_body_that_is_not_utf8_is_refused(self, body: bytes) -> None:
        with pytest.raises(InvalidRequest, match="UTF-8"):
            parse_body(body, Sample)

    def test_utf8_may_be_cut_by_a_piece(self) -> None:
        body = json.dumps({"value": "x" * 65_500 + "\U0001f600" * 100}, ensure_ascii=False).encode()

        assert parse_body(body, Sample).value == json.loads(body)["value"]

    def test_of_a_key_that_comes_twice_the_last_one_counts(self) -> None:
        assert parse_body(b'{"value":1,"value":2}', Sample).value == 2

    def test_an_unknown_member_is_ignored(self) -> None:
        assert parse_body(b'{"value":1,"else":{}}', Sample).value == 1

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b'{"else":[' + b"[]," * 1_000_000 + b"[]]}", id="one"),
            pytest.param(b"{" + b",".join(b'"%d":1' % number for number in range(500_000)) + b"}", id="many"),
        ],
    )
    def test_unknown_members_cost_no_memory(self, body: bytes) -> None:
        assert peak_bytes(lambda: parse_body(body, Sample)) < 1024 * 1024

    def test_a_model_may_refuse_unknown_members(self) -> None:
        assert parse_body(b'{"needed":1}', Strict).needed == 1

        for body in (b'{"needed":1,"else":2}', b'{"else":"\\ud800"}'):
            with pytest.raises(InvalidRequest, match=r"^else: is not known$"):
                parse_body(body, Strict)

    def test_a_member_has_its_name_on_the_wire(self) -> None:
        assert parse_body(b'{"onTheWire":1}', Aliased).in_python == 1
        assert parse_body(b'{"in_python":1}', Aliased).in_python == 0

    def test_members_that_are_parsed_are_small_and_one_that_is_kept_may_be_large(self) -> None:
        long = json.dumps(["x" * 1000] * 2000)

        assert len(memoryview(parse_body(f'{{"kept":{long}}}'.encode(), Sample).kept)) > 1_000_000
        with pytest.raises(InvalidRequest, match="value: too large"):
            parse_body(f'{{"value":{long}}}'.encode(), Sample)

    def test_a_member_that_is_not_valid_is_named_and_not_shown(self) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            parse_body(b'{"needed":"secret"}', Needy)

        assert refusal.value.message.startswith("needed: ")
        assert "secret" not in refusal.value.message


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(json_values, st.booleans(), st.none() | st.integers(0, 3))
def test_members_are_parsed_as_json_is(value: Any, ensure_ascii: bool, indent: int | None) -> None:
    text = json.dumps({"value": value}, ensure_ascii=ensure_ascii, indent=indent)

    assert parse_body(text.encode(), Sample).value == json.loads(text)["value"]


@given(json_values, st.booleans(), st.sampled_from([None, (",", ":"), (" , ", " : ")]))
def test_a_member_that_is_kept_is_not_touched(
    value: Any, ensure_ascii: bool, separators: tuple[str, str] | None
) -> None:
    kept = json.dumps(value, ensure_ascii=ensure_ascii, separators=separators)

    assert bytes(parse_body(f'{{"kept": {kept} }}'.encode(), Sample).kept) == kept.encode()


class TestHalvesOfSurrogatePairs:
    """JavaScript may send half a pair as an escape; no UTF-8 text can hold one."""

    #: What a JSON text may say within a string: escapes of every kind, and what only looks like one.
    pieces = st.lists(
        st.sampled_from(
            [
                "a",
                "é",
                "\U0001f600",
                "u",
                "ud800",
                r"\ud83d\ude00",
                r"\uD83D\uDE00",
                r"\ud800",
                r"\uDBFF",
                r"\udc00",
                r"\uDFFF",
                r"\\",
                r"\"",
                r"\n",
                r"\/",
                r"\u0041",
                r"\u005c",
                r"\\ud800",
                r"\\\ud800",
                r"\u005cud800",
            ]
        ),
        max_size=12,
    ).map("".join)

    @given(pieces)
    def test_a_lone_half_becomes_the_replacement_character_and_all_else_stays(self, text: str) -> None:
        body = f'{{"value":"{text}"}}'

        mended = parse_body(body.encode(), Sample).value

        assert mended == without_halves(json.loads(body)["value"])

    @given(pieces)
    def test_so_it_does_in_a_member_that_is_kept(self, text: str) -> None:
        body = f'{{"kept":["{text}"]}}'

        kept = bytes(parse_body(body.encode(), Sample).kept)

        assert json.loads(kept) == [without_halves(json.loads(body)["kept"][0])]
        if json.loads(kept) == json.loads(body)["kept"]:
            assert kept.decode() == f'["{text}"]'

    @given(pieces)
    def test_a_key_is_mended_like_a_value(self, text: str) -> None:
        body = f'{{"value":{{"{text}":1}}}}'

        mended = parse_body(body.encode(), Sample).value

        assert mended == {without_halves(key): 1 for key in json.loads(body)["value"]}


def without_halves(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
