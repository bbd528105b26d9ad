"""Reading frames: one that cannot be read is told of, and only when none can be does the step end badly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.evidence.elements import Element
from shared.ports.frames import (
    FrameReadError,
    FrameRefused,
    ReaderRejectedUs,
    ReaderUnavailable,
    UnreadableFrame,
    UnusableAnswer,
)
from shared.recordings.handover import KeptFrame
from shared.recordings.outcomes import LeaseLost, Permanent, Transient
from shared.sessions.reading import read_frames
from shared.sessions.steps import Reading, Readings
from tests.unit.pictures import FLOW
from tests.unit.session_examples import SessionWorld, output

ELEMENTS = FLOW[0].elements
EMPTY = UnreadableFrame("malformed", "the picture is broken")
DOWN = ReaderUnavailable("unreachable", "the reader does not answer")


class ScriptedReader:
    """Gives for each picture what the test says, and remembers what it was shown."""

    def __init__(self, *answers: Sequence[Element] | FrameReadError) -> None:
        self._answers = list(answers)
        self.shown: list[tuple[bytes, Sequence[Element] | None]] = []

    def read(self, png: bytes, *, previous: Sequence[Element] | None) -> list[Element]:
        self.shown.append((png, previous))
        answer = self._answers.pop(0)
        if isinstance(answer, FrameReadError):
            raise answer
        return list(answer)


@pytest.fixture
def world() -> SessionWorld:
    return SessionWorld()


def kept(world: SessionWorld, count: int) -> list[KeptFrame]:
    frames = []
    for number in range(count):
        name = output("extract_frames", f"{number}.frame.png")
        picture = world.media.save(name, b"picture %d" % number, content_type="image/png")
        frames.append(KeptFrame(id=f"frm_0000000{number}", timestamp_ms=number, picture=picture, thumbnail=picture))
    return frames


def read(world: SessionWorld, reader: ScriptedReader, count: int, *, reports: list[str] | None = None) -> Readings:
    told = [] if reports is None else reports
    return read_frames(kept(world, count), media=world.media, reader=reader, report=told.append)


def test_every_frame_is_read_in_its_order_with_the_one_before_as_a_hint(world: SessionWorld) -> None:
    reader = ScriptedReader(ELEMENTS, ELEMENTS[:2], ())
    reports: list[str] = []

    found = read(world, reader, 3, reports=reports)

    assert found.readings == (
        Reading(frame_id="frm_00000000", elements=ELEMENTS),
        Reading(frame_id="frm_00000001", elements=ELEMENTS[:2]),
        Reading(frame_id="frm_00000002", elements=()),
    )
    assert reader.shown == [(b"picture 0", None), (b"picture 1", ELEMENTS), (b"picture 2", ELEMENTS[:2])]
    assert reports == ["0/3 frames", "1/3 frames", "2/3 frames"]


def test_a_frame_that_cannot_be_read_says_why_and_gives_no_hint(world: SessionWorld) -> None:
    reader = ScriptedReader(ELEMENTS, EMPTY, DOWN, ELEMENTS[:1])

    found = read(world, reader, 4)

    assert [(one.error, one.may_be_tried_again) for one in found.readings] == [
        (None, False),
        ("the picture is broken", False),
        ("the reader does not answer", True),
        (None, False),
    ]
    assert [previous for _, previous in reader.shown] == [None, ELEMENTS, ELEMENTS, ELEMENTS]


def test_an_empty_picture_is_a_picture_that_was_read(world: SessionWorld) -> None:
    assert read(world, ScriptedReader(()), 1).readings == (Reading(frame_id="frm_00000000"),)


@pytest.mark.parametrize(
    ("failures", "is_transient"),
    [
        ([EMPTY, EMPTY], False),
        ([FrameRefused("blocked", "refused"), ReaderRejectedUs("not_allowed", "the key is not valid")], False),
        ([DOWN, DOWN], True),
        ([UnusableAnswer("empty", "said nothing")], True),
        ([DOWN, EMPTY], True),
        ([EMPTY, DOWN], True),
    ],
)
def test_when_none_can_be_read_it_is_tried_again_if_any_may_be_read_later(
    world: SessionWorld, failures: list[FrameReadError], is_transient: bool
) -> None:
    with pytest.raises(Transient if is_transient else Permanent, match=failures[0].message):
        read(world, ScriptedReader(*failures), len(failures))


def test_when_none_can_ever_be_read_the_failure_has_a_code(world: SessionWorld) -> None:
    with pytest.raises(Permanent) as failure:
        read(world, ScriptedReader(EMPTY), 1)

    assert failure.value.failure.code == "no_frame_read"
    assert failure.value.failure.message == "None of the frames could be read: the picture is broken"


def test_work_that_was_lost_stops_between_two_frames(world: SessionWorld) -> None:
    reader = ScriptedReader(ELEMENTS, ELEMENTS)

    def report(detail: str) -> None:
        if detail.startswith("1/"):
            raise LeaseLost

    with pytest.raises(LeaseLost):
        read_frames(kept(world, 2), media=world.media, reader=reader, report=report)

    assert len(reader.shown) == 1


def test_a_failure_that_is_no_readers_is_not_swallowed(world: SessionWorld) -> None:
    frames, told = kept(world, 1), list[str]()
    world.media.delete(frames[0].picture)

    with pytest.raises(FileNotFoundError):
        read_frames(frames, media=world.media, reader=ScriptedReader(ELEMENTS), report=told.append)
