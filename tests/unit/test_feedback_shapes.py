"""What a client sends with a recording: of the right shape, and otherwise its own business."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.edge.bodies import parse_body
from shared.errors import InvalidRequest
from shared.feedback.api import NewRecording
from shared.feedback.shapes import MAX_METADATA_BYTES, read_metadata
from tests.unit.feedback_examples import METADATA, new_feedback


def refusal(body: Any) -> str:
    with pytest.raises(InvalidRequest) as refused:
        parse_body(body if isinstance(body, bytes) else json.dumps(body).encode(), NewRecording)
    return refused.value.message


@pytest.mark.parametrize("name", METADATA)
def test_metadata_without_what_they_need_are_refused_by_its_name(name: str) -> None:
    kept = {key: value for key, value in METADATA.items() if key != name}

    assert refusal({"metadata": kept}) == f"metadata: Object missing required field `{name}`"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 1),
        ("duration", -0.1),
        ("duration", "12"),
        ("duration", True),
        ("duration", None),
        ("url", "about:blank"),
        ("url", "/checkout"),
        ("url", "ftp://shop.example/"),
        ("title", None),
        ("intent", ["bug"]),
        ("features", "console"),
        ("visitedUrls", "https://shop.example/"),
        ("visitedUrls", [7]),
        ("sessionId", 7),
    ],
)
def test_metadata_of_another_type_are_refused_by_name_and_without_the_value(name: str, value: Any) -> None:
    said = refusal({"metadata": {**METADATA, name: value}})

    assert said.startswith("metadata: ")
    assert f"`{name}" in said
    assert str(value) not in said or value in (None, True, 7, 1)


@pytest.mark.parametrize("metadata", [None, [], "text", 7, {}])
def test_metadata_must_be_an_object_with_members(metadata: Any) -> None:
    assert refusal({"metadata": metadata}).startswith("metadata: ")


def test_metadata_are_required() -> None:
    assert refusal({"actions": []}) == "metadata: Field required"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("actions", {}),
        ("actions", ["click"]),
        ("actions", [{"type": "click"}, 7]),
        ("browserState", []),
        ("browserState", {"consoleLogs": {}}),
        ("browserState", {"networkRequests": "none"}),
        ("elements", {}),
        ("elements", "button"),
        ("videoContentType", "video/x-matroska"),
        ("videoContentType", None),
    ],
)
def test_a_member_of_another_shape_is_refused_by_name(member: str, value: Any) -> None:
    assert refusal({"metadata": METADATA, member: value}).startswith(f"{member}: ")


@pytest.mark.parametrize("members", [{}, {"actions": None, "browserState": None, "elements": None}], ids=["no", "null"])
def test_what_is_not_sent_is_empty(members: dict[str, None]) -> None:
    new = new_feedback(**members)

    assert [bytes(one) for one in (new.actions, new.browser_state, new.elements)] == [b"[]", b"{}", b"[]"]
    assert new.video_content_type == "video/webm"


def test_what_nobody_knows_is_taken_whatever_it_is() -> None:
    new = new_feedback(
        metadata={**METADATA, "features": ["a"], "viewport": {"width": 1280}, "sessionId": "s-1"},
        actions=[{}, {"type": 7, "timestamp": "yesterday"}],
        browserState={"consoleLogs": [7, "text", None], "networkRequests": None, "cookies": 3},
        elements=["button", {"role": 7}],
        more=1,
    )

    assert read_metadata(new.metadata).session_id == "s-1"


def test_metadata_are_taken_up_to_their_cap() -> None:
    empty = len(json.dumps({**METADATA, "note": ""}))

    new_feedback(metadata={**METADATA, "note": "x" * (MAX_METADATA_BYTES - empty)})

    over = {**METADATA, "note": "x" * (MAX_METADATA_BYTES - empty + 1)}
    assert refusal({"metadata": over}) == "metadata: must have at most 65,536 bytes"


@pytest.mark.parametrize("member", ["metadata", "actions", "browserState", "elements"])
def test_what_is_nested_without_end_is_refused(member: str) -> None:
    endless = b'{"metadata":%s,"%s":%s}' % (
        json.dumps(METADATA).encode(),
        member.encode(),
        b"[" * 90_000 + b"]" * 90_000,
    )

    assert refusal(endless)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def said_of(body: Any) -> str | None:
    """Why the body is refused, or None where it is taken."""
    try:
        parse_body(json.dumps(body).encode(), NewRecording)
    except InvalidRequest as refused:
        return refused.message
    return None


@given(JSON, JSON, JSON, JSON)
def test_any_json_is_taken_or_refused_with_a_reason(metadata: Any, actions: Any, state: Any, elements: Any) -> None:
    body = {"metadata": {**METADATA, "more": metadata}, "actions": actions, "browserState": state, "elements": elements}

    said = said_of(body)

    is_good = isinstance(actions, list | None) and isinstance(state, dict | None) and isinstance(elements, list | None)
    assert said is not None or is_good
    assert said is None or said.startswith(("actions: ", "browserState: ", "elements: "))
