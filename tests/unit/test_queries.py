"""Query parameters: what is no number is none, and what is wrong is said in words."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from shared.capture.api import EventsQuery, ListQuery
from shared.edge.queries import parse_query
from shared.errors import InvalidRequest

ID = "0123abcd-0000-4000-8000-00000000cafe"


def listed(**arguments: str) -> ListQuery:
    return parse_query(MultiDict(arguments), ListQuery)


def test_a_query_is_read_and_what_is_unknown_is_ignored() -> None:
    query = listed(limit="7", cursor=ID.upper(), status="ready", other="x")

    assert query == ListQuery(limit=7, cursor=ID, status="ready")
    assert listed() == ListQuery.model_validate({})


def test_of_a_parameter_that_comes_twice_the_first_one_counts() -> None:
    assert parse_query(MultiDict([("limit", "1"), ("limit", "2")]), ListQuery).limit == 1


@pytest.mark.parametrize("text", ["5.0", "1_0", "1e1", "+5", " 5", "5 ", "5\n", "0x5", "٥", "", "five", "5" * 5000])
def test_a_number_that_is_not_written_as_an_integer_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^limit: must be an integer$"):
        listed(limit=text)
    with pytest.raises(InvalidRequest, match=r"^to_ms: must be an integer$"):
        parse_query(MultiDict({"to_ms": text}), EventsQuery)


@pytest.mark.parametrize("text", ["0", "-1", "101"])
def test_a_number_that_is_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^limit: Input should be"):
        listed(limit=text)


@pytest.mark.parametrize("text", ["", "other", ID[:-1], f"{{{ID}}}", f"{ID}\n"])
def test_an_id_that_is_no_uuid_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^cursor: must be a UUID$"):
        listed(cursor=text)
