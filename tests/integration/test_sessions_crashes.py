"""`kill -9` of every part that a film passes through, and bad deliveries: one effect, the right end, no orphan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests

from shared.local.faults.arming import arm, armed, assert_all_happened, faults_folder
from shared.recordings.pipelines import PIPELINES
from shared.sessions.domain import PIPELINE
from tests.integration.film_client import Film, FilmClient, address_of, film_platform, words_of
from tests.integration.film_gemini import BRIGHT, GreyReader, grey_reader, name_of
from tests.integration.film_stored import outputs_of, uploads_of
from tests.integration.film_sweep import requeue_stalled_later, sweep_orphans_later
from tests.integration.film_videos import SLIDE_MS, film_of, plain
from tests.integration.held_triggers import held_triggers
from tests.integration.platform import RunningPlatform, eventually
from tests.media.inspected import Reply, Site, serve_site

SLIDES = (BRIGHT, BRIGHT - 60)
STEPS = [stage.step.function for stage in PIPELINES[PIPELINE].stages]
#: What a film leaves when all is done, each once: what was only passed from step to step is gone.
OUTPUTS = sorted(
    [
        "extract_frames/states.json.gz",
        *(f"extract_frames/{at_ms}.{kind}.png" for at_ms in (0, SLIDE_MS) for kind in ("frame", "thumbnail")),
        "synthesize_session/evidence.json.gz",
    ]
)
HAPPENS_WITHIN_S = 60
MORE_THAN_ANYBODY_TRIES = 1_000_000

Fault = Mapping[str, object]
#: What goes wrong with the delivery of every step. The frames' step is delivered as a whole and as its only part.
DELIVERIES: Mapping[str, Fault] = {
    "come twice at once": {"part": "tasks", "at": "deliver", "do": "duplicate", "delay_s": 0},
    "come again later": {"part": "tasks", "at": "deliver", "do": "duplicate", "delay_s": 1},
    "are lost": {"part": "tasks", "at": "deliver", "do": "drop"},
    "are late": {"part": "tasks", "at": "deliver", "do": "delay", "delay_s": 0.5},
    "are done and not answered": {"part": "functions", "at": "answer", "do": "fail", "status": 503},
    "end in the death of their part": {"part": "functions", "at": "answer", "do": "crash"},
}


@dataclass(frozen=True)
class Stage:
    """A platform whose frames are read by a model that can be made to wait, and a site that it may look at."""

    platform: RunningPlatform
    site: Site
    reader: GreyReader

    @property
    def client(self) -> FilmClient:
        return FilmClient.of(self.platform)

    def film(self, *, page: Reply | str = "<h1>Fine</h1>") -> Film:
        """A film with a title and a page of its own."""
        path = f"/{uuid4().hex}"
        self.site.add(path, page)
        return Film(video=film_of(*map(plain, SLIDES)), title=path, seed_url=address_of(self.site, path))

    def wait_until_seen(self, film: Film) -> None:
        """Return when the browser has asked for the film's page."""
        eventually(lambda: film.title in self.site.paths_asked(), within_s=HAPPENS_WITHIN_S, what="the browser looking")

    @contextmanager
    def silent_reader(self) -> Iterator[None]:
        """Let the model answer nobody for a while."""
        self.reader.may_answer.clear()
        try:
            yield
        finally:
            self.reader.may_answer.set()

    @contextmanager
    def refusals(self, fault: Fault) -> Iterator[None]:
        """Let a call fail however often it is tried."""
        arm(faults_folder(self.platform.data), [{**fault, "times": MORE_THAN_ANYBODY_TRIES}])
        try:
            yield
        finally:
            arm(faults_folder(self.platform.data), [])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with serve_site() as site, grey_reader() as reader:
        settings = {"PLAYHEAD_FRAME_READER": "gemini", "PLAYHEAD_GEMINI_URL": reader.url}
        with film_platform(tmp_path_factory.mktemp("films"), site, **settings) as platform:
            yield Stage(platform, site, reader)


def test_the_media_part_dies_while_frames_are_extracted(stage: Stage) -> None:
    reading = {"part": "storage", "at": "call", "do": "stall", "delay_s": 3}
    with armed(stage.platform.data, [{**reading, "match": {"method": "GET", "path": "*/pin_upload*"}}]):
        id = stage.client.begin(stage.film())
        assert_all_happened(faults_folder(stage.platform.data), within_s=HAPPENS_WITHIN_S)

        stage.platform.kill("media")

    assert_well_ended(stage, id, a_worker_died=True)


def test_the_media_part_dies_while_frames_are_read(stage: Stage) -> None:
    asked_before = len(stage.reader.requests)
    with stage.silent_reader():
        id = stage.client.begin(stage.film())
        eventually(lambda: len(stage.reader.requests) > asked_before, within_s=HAPPENS_WITHIN_S, what="the reading")
        assert stage.client.status(id)["processingStatus"]["visionLane"]["status"] == "running"

        stage.platform.kill("media")

    assert_well_ended(stage, id, a_worker_died=True)


def test_the_browser_part_dies_while_it_looks(stage: Stage) -> None:
    film = stage.film(page=Reply(b"<!doctype html><h1>Waits", hangs=True))
    id = stage.client.begin(film)
    stage.wait_until_seen(film)

    stage.site.add(film.title, "<h1>Looked at again</h1>")
    stage.platform.kill("browser")

    assert "Looked at again" in assert_well_ended(stage, id, a_worker_died=True)["prompt"]


def test_the_api_part_dies_while_a_client_waits(stage: Stage) -> None:
    film = stage.film(page=Reply(b"<!doctype html><h1>Waits", hangs=True))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stage.client.post, film)
        stage.wait_until_seen(film)

        stage.platform.kill("api")

        with pytest.raises(requests.ConnectionError):
            waiting.result(HAPPENS_WITHIN_S)
    stage.site.released.set()
    titles = eventually(lambda: titles_of(stage), within_s=HAPPENS_WITHIN_S, what="the api being back")
    assert_well_ended(stage, titles[film.title])


def test_the_api_part_dies_before_an_uploaded_video_has_become_a_session(stage: Stage) -> None:
    film = stage.film()
    stored = {"method": "PUT", "path": "/upload/"}
    unsaid = {"part": "storage", "at": "answer", "do": "stall", "delay_s": 3, "match": stored}
    with armed(stage.platform.data, [unsaid]), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stage.client.post, film)
        assert_all_happened(faults_folder(stage.platform.data), within_s=HAPPENS_WITHIN_S)

        stage.platform.kill("api")

        with pytest.raises(requests.ConnectionError):
            waiting.result(HAPPENS_WITHIN_S)
    titles = eventually(lambda: titles_of(stage), within_s=HAPPENS_WITHIN_S, what="the api being back")
    assert film.title not in titles
    assert len(uploads_of(stage.platform, "")) == 1, "nothing has named it, and nothing knows of it"
    sweep_orphans_later(stage.platform)
    assert uploads_of(stage.platform, "") == []


@pytest.mark.parametrize("what_happens", DELIVERIES)
def test_a_film_ends_well_when_the_deliveries_of_all_its_steps(stage: Stage, what_happens: str) -> None:
    faults = [{**DELIVERIES[what_happens], "match": {"function": step}} for step in STEPS]

    film = stage.film()
    with armed(stage.platform.data, faults, within_s=HAPPENS_WITHIN_S), suppress(requests.ConnectionError):
        stage.client.begin(film)  # the api part may die of the first step before this is answered

    titles = eventually(lambda: titles_of(stage), within_s=HAPPENS_WITHIN_S, what="the api being back")
    assert_well_ended(stage, titles[film.title])


def test_a_film_whose_tasks_never_reached_the_queue_is_made_good_by_the_sweep(stage: Stage) -> None:
    film = stage.film()
    no_queue = {"part": "tasks", "at": "call", "do": "fail", "code": "INTERNAL", "times": MORE_THAN_ANYBODY_TRIES}
    with held_triggers(stage.platform, no_queue):  # the upload's event would make it good, too
        answer = stage.client.post(film)
        assert answer.status_code == 502, answer.text
        id = titles_of(stage)[film.title]
        assert stage.client.status(id)["processingStatus"]["overallStage"] == "uploading"

        with held_triggers(stage.platform):
            requeue_stalled_later(stage.platform)

            assert_well_ended(stage, id)


def test_a_video_that_could_not_be_removed_in_the_end_goes_later(stage: Stage) -> None:
    with stage.refusals({"part": "storage", "at": "call", "do": "fail", "status": 403, "match": {"method": "DELETE"}}):
        id = stage.client.begin(stage.film())
        assert stage.client.wait_for(id)["status"] == "complete"
        assert len(uploads_of(stage.platform, id)) == 2

    sweep_orphans_later(stage.platform)

    assert uploads_of(stage.platform, id) == []
    assert outputs_of(stage.platform, id) == OUTPUTS


def assert_well_ended(stage: Stage, id: str, *, a_worker_died: bool = False) -> dict[str, Any]:
    """The session is complete, each output of its steps is stored once, and no video is; returns the session.

    What a worker has written that died at it stays until the sweep of the next day.
    """
    session = stage.client.wait_for(id)
    assert session["status"] == "complete", stage.client.status(id)["lastError"]
    assert [frame["timestamp"] for frame in session["frames"]] == [0, SLIDE_MS]
    assert [words_of(frame) for frame in session["frames"]] == [name_of(one).lower() for one in SLIDES]
    assert (session["frameCount"], session["urlCount"]) == (2, 1)
    lanes = stage.client.status(id)["processingStatus"]
    assert {lanes[lane]["status"] for lane in ("frameExtraction", "visionLane", "playwrightLane", "synthesis")} == {
        "complete"
    }
    eventually(lambda: not uploads_of(stage.platform, id), what="the video going")
    if a_worker_died:
        sweep_orphans_later(stage.platform)
    eventually(lambda: outputs_of(stage.platform, id) == OUTPUTS, what=f"of {id} only {OUTPUTS} being left")
    return session


def titles_of(stage: Stage) -> dict[str, str]:
    """The ids of all sessions by their titles; none while the api is away."""
    try:
        return {session["title"]: session["id"] for session in stage.client.sessions()}
    except requests.ConnectionError:
        return {}
