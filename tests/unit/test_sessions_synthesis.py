"""From what the steps have found to the session: its facts, its evidence and its prompt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, KeptFrame, pack
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done
from shared.recordings.recording import Family, Recording
from shared.recordings.work import Work
from shared.sessions.domain import PROMPT, AgentTarget
from shared.sessions.evidence import SeenFrame
from shared.sessions.service import details_of, update_settings
from shared.sessions.steps import Inspection, Reading, Readings
from shared.sessions.synthesis import synthesize
from shared.structs import replace
from tests.unit.examples import ANNA
from tests.unit.fakes import START
from tests.unit.pictures import CHECKOUT, FLOW, PAGES, THANKS
from tests.unit.session_examples import (
    CARL,
    RUN_ID,
    SESSION_ID,
    SessionWorld,
    details_with,
    output,
    session,
    upload_form,
)

NAME = OutputName(Family.SESSIONS, SESSION_ID, RUN_ID, "synthesize_session", 1, "evidence.json.gz")


@pytest.fixture
def world() -> SessionWorld:
    return SessionWorld()


def kept_frames(world: SessionWorld, *, duration_ms: int = 70_500) -> dict[str, Any]:
    """What `select_frames` returns."""
    frames = []
    for picture in FLOW:
        save = world.media.save
        large = save(output("extract_frames", f"{picture.timestamp_ms}.frame.png"), b"large", content_type="image/png")
        name = output("extract_frames", f"{picture.timestamp_ms}.thumbnail.png")
        small = save(name, f"thumbnail of {picture.id}".encode(), content_type="image/png")
        frame = KeptFrame(id=picture.id, timestamp_ms=picture.timestamp_ms, picture=large, thumbnail=small)
        frames.append(to_plain(frame))
    return {"frames": frames, "duration_ms": duration_ms}


def readings(world: SessionWorld, *, without: str = "") -> dict[str, Any]:
    """What `read_frames` returns."""
    read = [Reading(frame_id=one.id, elements=one.elements, error=one.error) for one in FLOW if one.id != without]
    name = output("read_frames", "readings.json.gz")
    return {"readings": to_plain(world.media.save(name, pack(Readings(readings=tuple(read))), content_type=GZIP))}


def inspection(world: SessionWorld) -> dict[str, Any]:
    """What `inspect_pages` returns."""
    found = Inspection(pages=PAGES, duration_ms=15_250)
    name = output("inspect_pages", "pages.json.gz")
    return {"pages": to_plain(world.media.save(name, pack(found), content_type=GZIP))}


def run(world: SessionWorld, recording: Recording | None = None, **results: Any) -> Done:
    given = {"frames": kept_frames(world), "readings": readings(world), "pages": inspection(world), **results}
    return synthesize(
        recording or session(),
        **given,
        name=NAME,
        recordings=world.recordings,
        media=world.media,
        now=START + timedelta(milliseconds=42_500),
    )


def kept(world: SessionWorld, done: Done) -> SessionWorld:
    """The world once the outcome counts."""
    recording = session()
    world.recordings.put(replace(recording, details={**recording.details, **done.details}))
    return world


def test_the_session_gets_the_facts_that_were_found(world: SessionWorld) -> None:
    done = run(world)

    found = details_of(kept(world, done).recording(SESSION_ID))
    assert found == details_with(
        duration_s=70,
        frame_count=len(FLOW),
        urls=(CHECKOUT, THANKS),
        url_count=2,
        processing_ms=42_500,
        inspection_ms=15_250,
        evidence=world.media.describe(found.evidence.bucket, NAME.render()) if found.evidence else None,
    )
    assert found.evidence is not None


def test_each_frame_comes_with_its_pictures_and_what_was_read_on_it(world: SessionWorld) -> None:
    evidence = kept(world, run(world)).evidence()

    assert evidence.pages == PAGES
    assert [frame.id for frame in evidence.frames] == [picture.id for picture in FLOW]
    first = evidence.frames[0]
    assert first == SeenFrame(
        id=FLOW[0].id,
        timestamp_ms=0,
        url=CHECKOUT,
        thumbnail=f"thumbnail of {FLOW[0].id}".encode(),
        pictures=first.pictures,
        elements=FLOW[0].elements,
    )
    assert [world.media.open(picture).read() for picture in first.pictures] == [
        b"large",
        f"thumbnail of {FLOW[0].id}".encode(),
    ]


def test_a_frame_that_could_not_be_read_says_why_and_shows_nothing(world: SessionWorld) -> None:
    frames = {frame.id: frame for frame in kept(world, run(world)).evidence().frames}

    unread = frames["frm_F1B2C3D4"]
    assert (unread.error, unread.elements) == ("the picture is empty", ())
    assert {id for id, frame in frames.items() if frame.error} == {"frm_F1B2C3D4"}


def test_a_frame_that_nobody_read_says_so(world: SessionWorld) -> None:
    done = run(world, readings=readings(world, without=FLOW[1].id))

    frame = kept(world, done).evidence().frames[1]
    assert (frame.error, frame.elements) == ("the frame was not read", ())


def test_without_pages_the_frames_count(world: SessionWorld) -> None:
    done = run(world, pages={})

    found = details_of(kept(world, done).recording(SESSION_ID))
    assert (found.urls, found.url_count, found.inspection_ms) == ((), 0, 0)
    assert world.evidence().pages == ()
    assert len(world.evidence().frames) == len(FLOW)


def test_a_session_without_a_seed_url_has_frames_of_no_url(world: SessionWorld) -> None:
    done = run(world, session(details=to_plain(details_with(seed_url=None))))

    assert {frame.url for frame in kept(world, done).evidence().frames} == {""}


def test_the_prompt_is_of_what_was_found_and_as_the_owner_wants_it(world: SessionWorld) -> None:
    update_settings({"include_screenshots": False}, by=CARL, recordings=world.recordings)
    with_pictures = run(world).texts[PROMPT]
    update_settings({"include_screenshots": False}, by=ANNA, recordings=world.recordings)
    without = run(world).texts[PROMPT]

    assert FLOW[0].id in with_pictures
    assert FLOW[0].id not in without
    assert "Place order" in without


def test_the_prompt_is_for_the_sessions_agent(world: SessionWorld) -> None:
    prompts = {
        run(world, session(details=to_plain(details_with(agent_target=target)))).texts[PROMPT] for target in AgentTarget
    }

    assert len(prompts) == len(AgentTarget)


def test_the_detail_is_the_prompts_size_in_bytes(world: SessionWorld) -> None:
    done = run(world)

    assert done.detail == f"{len(done.texts[PROMPT].encode()):,} bytes"


def test_what_the_owner_changes_meanwhile_is_kept(world: SessionWorld) -> None:
    uploaded = world.upload(upload_form(notes="as seen"))
    work = _take_last_step(world, uploaded.run.id)
    done = run(world, work.recording)
    recording = world.recording(uploaded.recording.id)
    renamed = {**recording.details, "title": "Renamed", "agent_target": "RAW"}
    world.recordings.put(replace(recording, details=renamed))

    world.finish(work, done)

    found = details_of(world.recording(uploaded.recording.id))
    assert (found.title, found.agent_target, found.notes) == ("Renamed", AgentTarget.RAW, "as seen")
    assert (found.frame_count, found.duration_s) == (len(FLOW), 70)
    assert world.prompt(uploaded.recording.id) == done.texts[PROMPT]


def _take_last_step(world: SessionWorld, run_id: str) -> Work:
    for step in ("pin_upload", "inspect_pages", "extract_frames", "select_frames", "read_frames"):
        world.finish(world.take(run_id, step))
    return world.take(run_id, "synthesize_session")
