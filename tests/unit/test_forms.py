"""Forms that arrive piece by piece: what goes in comes out, and what is broken or hostile leaves nothing behind."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from shared.edge.forms import HEAD_BYTES, MAX_FIELD_BYTES, MAX_PARTS, MultipartForm
from shared.errors import InvalidRequest, TooLarge
from tests.unit.forms import BOUNDARY, Sink, chunked, field, file, form, part, read, request

MIB = 1024 * 1024


class AnyFields(BaseModel):
    model_config = ConfigDict(extra="allow")


class Titled(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str


WHOLE = form(field("title", "Checkout"), file(b"the video"), field("notes", "as seen"))
DELIMITER = f"\r\n--{BOUNDARY}".encode()

names = st.from_regex(r"[A-Za-z_é][A-Za-z0-9_.é-]{0,20}", fullmatch=True).filter(lambda name: name != "file")
#: Bytes that look like what ends a part, as a hostile or unlucky file has them.
lookalikes = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"--", DELIMITER[:-1], DELIMITER[2:-1], b"\r\n\r\n", b"x", b"\x00"]),
    max_size=30,
).map(b"".join)
contents = st.one_of(st.binary(max_size=300), lookalikes)
sizes = st.lists(st.integers(1, 200), min_size=1, max_size=5)


def refusal(body: bytes, sink: Sink | None = None, *, cut: Sequence[int] = (7,), max_file_bytes: int = MIB) -> str:
    """Why a form is refused, whatever the sizes of its pieces."""
    with pytest.raises(InvalidRequest) as refused:
        read(request(body, sizes=cut), AnyFields, sink or Sink(), max_file_bytes=max_file_bytes)
    return refused.value.message


@given(st.dictionaries(names, st.text(max_size=80)), contents.filter(bool), st.integers(0, 20), sizes)
@example({"title": "\r\n"}, b"\r\n--" + BOUNDARY.encode()[:-1], 0, [1])
def test_fields_and_file_come_out_as_they_went_in_whatever_the_pieces(
    fields: dict[str, str], content: bytes, position: int, sizes: list[int]
) -> None:
    assume(DELIMITER[2:] not in content)  # RFC 2046: it must not
    parts = [field(name, text) for name, text in fields.items()]
    parts.insert(position, file(content))
    sink = Sink()

    found = read(request(form(*parts), sizes=sizes), AnyFields, sink)

    assert found.model_extra == fields
    assert (sink.content, sink.head) == (content, content[:HEAD_BYTES])
    assert (sink.opened, sink.is_aborted) == (1, False)


@given(st.integers(0, len(WHOLE) - 5), sizes)
def test_a_form_that_is_cut_short_anywhere_is_refused_and_its_file_aborted(length: int, sizes: list[int]) -> None:
    for cut in (request(WHOLE[:length], sizes=sizes), chunked(WHOLE[:length], sizes=sizes)):
        sink = Sink()

        with pytest.raises(InvalidRequest):
            read(cut, AnyFields, sink)

        assert sink.content is None
        assert sink.is_aborted == (sink.opened == 1)


def test_a_body_that_is_shorter_than_announced_is_refused_and_its_file_aborted() -> None:
    sink = Sink()

    with pytest.raises(InvalidRequest, match="not a whole"):
        read(request(form(file(b"x" * 5000))[:4000], announced=6000), AnyFields, sink)

    assert sink.is_aborted


def test_a_form_without_an_announced_length_is_taken() -> None:
    sink = Sink()

    assert read(chunked(WHOLE), AnyFields, sink).model_extra == {"title": "Checkout", "notes": "as seen"}
    assert sink.content == b"the video"


def test_what_stands_before_the_first_part_and_after_the_last_is_ignored() -> None:
    body = b"This is a multipart message.\r\n" + form(field("title", "Checkout")) + b"and this its end"

    assert read(request(body, sizes=(3,)), AnyFields, Sink()).model_extra == {"title": "Checkout"}


def test_a_form_may_have_no_file() -> None:
    sink = Sink()

    assert read(request(form(field("title", "Checkout"))), Titled, sink).title == "Checkout"
    assert sink.opened == 0


@pytest.mark.parametrize("position", [0, 1], ids=["fields after the file", "fields before the file"])
def test_a_field_that_is_not_valid_aborts_the_file_wherever_it_stands(position: int) -> None:
    parts = [field("title", "Checkout"), field("unknown", "x")]
    parts.insert(position, file(b"the video"))
    sink = Sink()

    with pytest.raises(InvalidRequest, match="unknown: is not known"):
        read(request(form(*parts)), Titled, sink)

    assert sink.is_aborted
    assert sink.content is None


def test_a_file_larger_than_the_cap_is_aborted_before_the_rest_of_it_is_read() -> None:
    sink = Sink()
    sent = request(form(file(b"x" * 3 * MIB)))

    with pytest.raises(InvalidRequest, match="file: must have at most 1,048,576 bytes"):
        read(sent, AnyFields, sink)

    assert sink.is_aborted
    assert len(sent.stream.read()) > MIB


def test_a_file_of_exactly_the_cap_is_taken() -> None:
    sink = Sink()

    read(request(form(file(b"x" * 1000)), sizes=(64,)), AnyFields, sink, max_file_bytes=1000)

    assert sink.content == b"x" * 1000


@pytest.mark.parametrize("cut", [(1,), (7,), (1 << 20,)])
def test_an_empty_file_is_refused_and_nowhere_opened(cut: Sequence[int]) -> None:
    sink = Sink()

    assert refusal(form(file(b"")), sink, cut=cut) == "file: must not be empty"
    assert sink.opened == 0


@pytest.mark.parametrize("length", [1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1])
@pytest.mark.parametrize("cut", [(1,), (1 << 20,)], ids=["byte by byte", "at once"])
def test_whoever_decides_where_a_file_goes_sees_its_first_64_bytes(length: int, cut: Sequence[int]) -> None:
    content = bytes(range(length))
    sink = Sink()

    read(request(form(file(content)), sizes=cut), AnyFields, sink)

    assert sink.head == content[:64]
    assert sink.content == content


class TestParts:
    def test_a_file_that_comes_as_text_is_refused(self) -> None:
        assert refusal(form(field("file", "the video"))) == "file: must be a file"

    def test_a_field_that_comes_as_a_file_is_refused(self) -> None:
        assert refusal(form(file(b"Checkout", name="title"))) == "title: must be text"

    def test_a_file_input_that_the_user_left_empty_is_an_empty_file(self) -> None:
        assert refusal(form(file(b"", filename=""))) == "file: must not be empty"

    def test_a_second_file_is_refused_and_the_first_aborted(self) -> None:
        sink = Sink()

        assert refusal(form(file(b"one"), file(b"two")), sink) == "file: must be there once"
        assert (sink.opened, sink.is_aborted) == (1, True)

    def test_a_second_file_is_refused_even_when_the_first_was_empty(self) -> None:
        assert refusal(form(file(b""), file(b"two"))) == "file: must be there once"

    def test_a_field_that_comes_twice_is_refused(self) -> None:
        assert refusal(form(field("title", "one"), field("title", "two"))) == "title: must be there once"

    def test_a_file_without_a_name_is_refused(self) -> None:
        assert refusal(form(part('filename="screen.webm"', b"the video"))) == "the form: must be text"

    def test_a_field_without_a_name_is_refused(self) -> None:
        with pytest.raises(InvalidRequest):
            read(request(form(part('other="x"', b"Checkout"), field("title", "x"))), Titled, Sink())

    def test_a_part_without_a_disposition_is_refused(self) -> None:
        body = f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode()

        assert refusal(body) == "the body is not a whole multipart form"

    @pytest.mark.parametrize(
        "body",
        [
            form(field("title", b"caf\xe9")),
            form(b"--" + BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="\xe9"\r\n\r\nx\r\n'),
        ],
        ids=["in a value", "in a name"],
    )
    def test_text_that_is_not_utf8_is_refused(self, body: bytes) -> None:
        assert refusal(body) == "the body is not a whole multipart form"

    def test_a_character_that_is_split_between_two_pieces_is_whole_again(self) -> None:
        found = read(request(form(field("title", "café ✓ 🎬")), sizes=(1,)), Titled, Sink())

        assert found.title == "café ✓ 🎬"

    def test_a_forms_end_is_its_end(self) -> None:
        body = form(field("title", "Checkout")) + form(field("smuggled", "x"), file(b"the video"))
        sink = Sink()

        assert read(request(body, sizes=(9,)), AnyFields, sink).model_extra == {"title": "Checkout"}
        assert sink.opened == 0

    def test_another_boundary_than_the_announced_one_is_only_bytes(self) -> None:
        other = b'\r\n--other\r\nContent-Disposition: form-data; name="title"\r\n\r\nsmuggled\r\n--other--\r\n'
        sink = Sink()

        found = read(request(form(file(other)), sizes=(5,)), AnyFields, sink)

        assert (found.model_extra, sink.content) == ({}, other)


class TestLimits:
    @pytest.mark.parametrize("cut", [(1000,), (1 << 20,)])
    def test_fields_that_are_too_large_together_are_refused(self, cut: Sequence[int]) -> None:
        half = "x" * (MAX_FIELD_BYTES // 2 + 1)

        assert refusal(form(field("one", half), field("two", half)), cut=cut).startswith("the fields have more than")

    def test_fields_of_exactly_the_limit_are_taken(self) -> None:
        found = read(request(form(field("notes", "x" * MAX_FIELD_BYTES)), sizes=(5000,)), AnyFields, Sink())

        assert found.model_extra == {"notes": "x" * MAX_FIELD_BYTES}

    def test_as_many_parts_as_are_allowed_are_taken_and_no_more(self) -> None:
        parts = [field(f"field{number}", "x") for number in range(MAX_PARTS + 1)]

        assert len(read(request(form(*parts[:-1])), AnyFields, Sink()).model_extra or {}) == MAX_PARTS
        assert "more than 50 parts" in refusal(form(*parts))

    @pytest.mark.parametrize(
        "endless",
        [
            b"x" * 20 * MIB,
            f"--{BOUNDARY}\r\nX-Padding: ".encode() + b"x" * 20 * MIB,
            form() + b"x" * 20 * MIB,
            form(field("title", "x")) + b"\r\n" * 10 * MIB,
        ],
        ids=["no part at all", "endless headers", "endless end of an empty form", "endless end"],
    )
    def test_what_is_no_part_is_not_held(self, endless: bytes) -> None:
        sent = request(endless)
        tracemalloc.start()

        with pytest.raises(InvalidRequest):
            read(sent, AnyFields, Sink())

        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 4 * MIB

    def test_a_file_is_passed_on_in_bounded_memory(self) -> None:
        sent = request(form(file(b"\r\n" * 10 * MIB)))
        tracemalloc.start()

        with pytest.raises(InvalidRequest, match="at most"):
            read(sent, AnyFields, Sink(), max_file_bytes=4 * MIB)

        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 16 * MIB

    def test_a_request_over_the_platforms_cap_is_refused_unread_with_a_hint(self) -> None:
        sent = request(WHOLE)

        with pytest.raises(TooLarge) as refused:
            read(sent, AnyFields, Sink(), cap_bytes=len(WHOLE) - 1)

        assert "/api/recordings/uploads" in (refused.value.hint or "")
        assert sent.stream.read() == WHOLE

    def test_a_request_of_exactly_the_cap_is_taken(self) -> None:
        sink = Sink()

        read(request(WHOLE), AnyFields, sink, cap_bytes=len(WHOLE))

        assert sink.content == b"the video"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "multipart/mixed; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        "",
    ],
)
def test_what_does_not_say_how_it_is_cut_is_no_form(content_type: str) -> None:
    with pytest.raises(InvalidRequest, match="must be multipart/form-data"):
        read(request(WHOLE, content_type=content_type), AnyFields, Sink())


@pytest.mark.parametrize("boundary", [BOUNDARY + "x", BOUNDARY[:-1], "é", "x" * 5000])
def test_a_body_that_is_cut_by_another_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(InvalidRequest):
        read(request(WHOLE, content_type=f"multipart/form-data; boundary={boundary}"), AnyFields, Sink())


def test_a_boundary_may_be_quoted() -> None:
    body = WHOLE.replace(BOUNDARY.encode(), b"a b:?(c)+")

    found = read(request(body, content_type='multipart/form-data; boundary="a b:?(c)+"'), AnyFields, Sink())

    assert found.model_extra == {"title": "Checkout", "notes": "as seen"}


@pytest.mark.parametrize("body", [b"", b"\r\n", b"--", f"--{BOUNDARY}".encode(), f"--{BOUNDARY}\r\n".encode()])
def test_a_body_without_a_part_is_no_form(body: bytes) -> None:
    assert refusal(body) == "the body is not a whole multipart form"


@pytest.mark.parametrize(
    ("prefer", "is_async"),
    [
        (None, False),
        ("", False),
        ("respond-async", True),
        ("Respond-Async; wait=10", True),
        ("handling=lenient, respond-async", True),
        ("respond-asynchronously", False),
        ("wait=10", False),
    ],
)
def test_a_client_may_prefer_not_to_wait(prefer: str | None, is_async: bool) -> None:
    sent = request(WHOLE, headers={} if prefer is None else {"Prefer": prefer})

    assert MultipartForm(sent, cap_bytes=None).respond_async is is_async


class DiskFull(Sink):
    def open(self, head: bytes) -> object:  # type: ignore[override]  # it gives nothing
        raise InvalidRequest.of("file", "must be a video")


def test_whoever_opens_a_file_may_refuse_it() -> None:
    assert refusal(form(file(b"no video")), DiskFull()) == "file: must be a video"


@pytest.mark.parametrize(("encoding", "is_taken"), [("identity", True), ("Identity", True), ("gzip", False)])
def test_a_form_comes_as_it_is_and_not_compressed(encoding: str, is_taken: bool) -> None:
    sent = request(form(field("title", "Checkout")), headers={"Content-Encoding": encoding})

    if is_taken:
        assert read(sent, Titled, Sink()).title == "Checkout"
    else:
        with pytest.raises(InvalidRequest, match="Content-Encoding"):
            read(sent, Titled, Sink())
