"""Object names: what is rendered is parsed back, and nothing else is taken for ours."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.recordings.objects import EditName, EventsName, ObjectName, OutputName, UploadName, parse, prefix_of
from shared.recordings.recording import Family

families = st.sampled_from(Family)
ids = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)
steps = st.text(string.ascii_lowercase + "_", min_size=1, max_size=64)
numbers = st.integers(0, 10**9 - 1)
files = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,63}", fullmatch=True)
names: st.SearchStrategy[ObjectName] = st.one_of(
    st.builds(UploadName, families, ids),
    st.builds(EventsName, families, ids, files),
    st.builds(EditName, families, ids, ids, files),
    st.builds(OutputName, families, ids, ids, steps, numbers, files, st.none() | numbers),
)
#: Texts that look like names: pieces of names, put together at random.
lookalikes = st.lists(
    st.sampled_from(
        [*Family, "/", "upload", "events", "edits", "runs", ".", "..", "1", "007", "٣", "a-b_C", "step", "\n", " "]
    ),
    max_size=12,
).map("".join)


@given(names)
def test_a_rendered_name_is_parsed_back(name: ObjectName) -> None:
    assert parse(name.render()) == name


@given(names, names)
def test_different_names_render_differently(one: ObjectName, other: ObjectName) -> None:
    assert (one.render() == other.render()) == (one == other)


@given(names)
def test_everything_of_a_recording_lies_under_its_prefix(name: ObjectName) -> None:
    assert name.render().startswith(prefix_of(name.family, name.recording_id))


@given(st.builds(OutputName, families, ids, ids, steps, numbers, files, st.none() | numbers))
def test_an_output_lies_under_the_prefix_of_its_attempt(name: OutputName) -> None:
    assert name.render() == name.attempt_prefix + name.file


@given(lookalikes)
@example("capture/r1/runs/run1/step.007/file")
@example("capture/r1/runs/run1/step.٣/file")
@example("capture/r1/runs/run1/step.1.٣/file")
@example("sessions/s1/edits/e1/evidence.json.gz")
def test_what_is_parsed_is_exactly_what_would_be_rendered(text: str) -> None:
    name = parse(text)

    assert name is None or name.render() == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "capture",
        "capture/",
        "capture//upload",
        "capture/r1",
        "capture/r1/",
        "/capture/r1/upload",
        "capture/r1/upload/",
        "capture/r1/upload\n",
        "capture/r1/upload\x00",
        "capture/r1/uploads",
        "capture/r1/../r2/upload",
        "../capture/r1/upload",
        "capture/../upload",
        "capture/./upload",
        "capture/r 1/upload",
        "capture/r%31/upload",
        "capture/r\u00e9/upload",
        "capture/" + "r" * 65 + "/upload",
        "CAPTURE/r1/upload",
        "unknown/r1/upload",
        "capture/r1/events/",
        "capture/r1/events/.hidden",
        "capture/r1/events/..",
        "capture/r1/events/a/b",
        "capture/r1/events/EVENTS.json",
        "sessions/s1/edits/",
        "sessions/s1/edits/e1",
        "sessions/s1/edits/e1/",
        "sessions/s1/edits/e1/.hidden",
        "sessions/s1/edits/e1/a/b",
        "sessions/s1/edits/../evidence.json.gz",
        "capture/r1/runs/run1/step/file",
        "capture/r1/runs/run1/step.x/file",
        "capture/r1/runs/run1/step.-1/file",
        "capture/r1/runs/run1/step.1./file",
        "capture/r1/runs/run1/step.1.2.3/file",
        "capture/r1/runs/run1/step.1/",
        "capture/r1/runs/run1/step.1/../file",
        "capture/r1/runs/run1/step.1234567890/file",
    ],
)
def test_a_foreign_name_is_nobodys(text: str) -> None:
    assert parse(text) is None
