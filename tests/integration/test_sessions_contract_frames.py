"""The frames of a session, and what becomes of the others when one is deleted."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.integration.platform import Sessions
from tests.integration.remains import remains_of
from tests.integration.sessions_refusals import refusal
from tests.integration.sessions_stored import complete_session
from tests.unit.pictures import FLOW

KEYS = ["id", "sessionId", "timestamp", "url", "thumbnailUrl", "diffSummary", "ariaTree", "createdAt"]
MOST_PIXELS_WIDE = 640


def frames_of(sessions: Sessions, id: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = sessions.session(id)["frames"]
    return frames


def what_they_show(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Frames but for what differs from session to session."""
    return [{key: frame[key] for key in ("timestamp", "url", "diffSummary", "ariaTree")} for frame in frames]


def nodes_of(tree: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in tree:
        yield node
        yield from nodes_of(node.get("children", []))


def delete_frame(sessions: Sessions, id: str, frame_id: str) -> Any:
    return sessions.call("DELETE", f"/sessions/{id}/frames/{frame_id}")


def test_a_frame_has_every_key_in_the_contracts_order(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    ids = complete_session(id, FLOW)

    frames = frames_of(sessions, id)

    assert [list(frame) for frame in frames] == [KEYS] * len(FLOW)
    assert [frame["id"] for frame in frames] == ids
    assert {frame["sessionId"] for frame in frames} == {id}
    assert [(frame["timestamp"], frame["url"]) for frame in frames] == [(one.timestamp_ms, one.url) for one in FLOW]
    assert all(frame["createdAt"].endswith("Z") for frame in frames)
    assert sessions.session(id)["frameCount"] == len(FLOW)


def test_a_thumbnail_is_a_png_as_a_data_url(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    complete_session(id)

    urls = [frame["thumbnailUrl"] for frame in frames_of(sessions, id)]

    for url in urls:
        head, _, content = url.partition(",")
        assert head == "data:image/png;base64"
        with Image.open(io.BytesIO(base64.b64decode(content, validate=True))) as picture:
            assert picture.format == "PNG"
            assert 0 < picture.width <= MOST_PIXELS_WIDE


def test_the_first_frame_differs_from_nothing(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    complete_session(id, FLOW)

    first = frames_of(sessions, id)[0]

    assert first["diffSummary"] == {"added": 0, "changed": 0, "removed": 0}
    assert [node for node in nodes_of(first["ariaTree"]) if "diffStatus" in node] == []


def test_a_tree_says_of_each_node_what_the_summary_counts(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    complete_session(id, FLOW)

    for frame in frames_of(sessions, id):
        nodes = list(nodes_of(frame["ariaTree"]))
        marked = Counter(node["diffStatus"] for node in nodes if "diffStatus" in node)
        assert {name: marked[name] for name in ("added", "changed", "removed")} == frame["diffSummary"]
        assert all({"role", "name"} <= node.keys() for node in nodes)
        assert all(node.keys() <= {"role", "name", "children", "diffStatus"} for node in nodes)
        assert all(node["children"] for node in nodes if "children" in node)


@pytest.mark.parametrize("number", range(len(FLOW)))
def test_without_a_frame_the_others_are_what_they_would_be_had_it_never_been(sessions: Sessions, number: int) -> None:
    id, like = sessions.create()["id"], sessions.create()["id"]
    ids = complete_session(id, FLOW)
    complete_session(like, (*FLOW[:number], *FLOW[number + 1 :]))

    answer = delete_frame(sessions, id, ids[number])

    left = frames_of(sessions, id)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [frame["id"] for frame in left] == [one for one in ids if one != ids[number]]
    assert what_they_show(left) == what_they_show(frames_of(sessions, like))
    assert sessions.session(id)["frameCount"] == len(FLOW) - 1


def test_what_the_next_frame_changed_is_told_anew(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    ids = complete_session(id, FLOW[:3])
    before = frames_of(sessions, id)[2]["diffSummary"]

    delete_frame(sessions, id, ids[1])

    assert frames_of(sessions, id)[1]["diffSummary"] != before


def test_the_picture_of_a_deleted_frame_goes_and_the_others_stay(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    gone, kept = complete_session(id)
    assert len(remains_of(gone.lower()).objects) == 1

    delete_frame(sessions, id, gone)

    assert remains_of(gone.lower()).objects == ()
    assert len(remains_of(kept.lower()).objects) == 1
    assert len(remains_of(id).objects) == 2, "the evidence is there once, and the other picture"


def test_a_deleted_frame_leaves_the_prompt_and_moves_the_session_to_the_top(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    frame_id = complete_session(id)[0]
    sessions.create()
    before = sessions.session(id)

    delete_frame(sessions, id, frame_id)

    after = sessions.session(id)
    assert after["prompt"] == before["prompt"]
    assert after["updatedAt"] > before["updatedAt"]
    assert sessions.listed()[0]["id"] == id


def test_a_session_may_lose_all_its_frames(sessions: Sessions) -> None:
    id = sessions.create()["id"]

    answers = [delete_frame(sessions, id, frame_id).status_code for frame_id in complete_session(id)]

    session = sessions.session(id)
    assert answers == [204, 204]
    assert (session["frames"], session["frameCount"], session["status"]) == ([], 0, "complete")


def test_a_frame_that_is_not_there_cannot_be_deleted(sessions: Sessions) -> None:
    id, other, empty = (sessions.create()["id"] for _ in range(3))
    frame_id, foreign = complete_session(id)[0], complete_session(other)[0]
    delete_frame(sessions, id, frame_id)

    answers = [delete_frame(sessions, id, one) for one in (frame_id, foreign, "frm_AAAAAAAA", "7")]
    answers.append(delete_frame(sessions, empty, frame_id))

    assert {refusal(answer, 404) for answer in answers} == {"frame not found"}
    assert sessions.session(id)["frameCount"] == 1


def test_frames_are_deleted_by_their_user_alone(sessions: Sessions, colleague: Sessions) -> None:
    id = sessions.create()["id"]
    frame_id = complete_session(id)[0]

    assert refusal(delete_frame(colleague, id, frame_id), 404) == "session not found"

    assert sessions.session(id)["frameCount"] == 2
