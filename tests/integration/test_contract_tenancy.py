"""Who may see a recording, in this family's words. Every endpoint and every kind of id: `test_every_scope.py`."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.integration.platform import Capture
from tests.integration.refusals import refusal


@pytest.mark.parametrize("id", [str(uuid4()), "rec_3kTMd"], ids=["a UUID", "no UUID"])
def test_an_id_of_nothing_is_not_found(capture: Capture, id: str) -> None:
    assert refusal(capture.get(id), 404, "not_found") == "recording not found"


def test_nobody_is_told_that_credentials_are_missing(capture: Capture) -> None:
    answer = Capture(capture.url, None).get(str(uuid4()))

    assert refusal(answer, 401, "unauthorized") == "Credentials are missing or not valid."


def test_a_uuid_is_the_same_in_upper_case(capture: Capture) -> None:
    """RFC 9562: written in lower case, read in either; Apple's own libraries write upper case."""
    project = "0B6E1C5E-9F53-4B1B-8D0C-6A3D1F0A9C11"
    id = capture.create({"has_video": True, "project_id": project})["id"]

    recording = capture.recording(id.upper())

    assert (recording["id"], recording["project_id"]) == (id, project.lower())
