"""What can go wrong with a film's frames and with the page behind it, and what its client is told of each."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from shared.adapters.browser.inspector import CHROMIUM
from tests.integration.film_client import ENDS_WITHIN_S, Film, FilmClient, address_of, film_platform, words_of
from tests.integration.film_gemini import BRIGHT, DARK, GreyReader, grey_reader, name_of
from tests.integration.film_stored import uploads_of
from tests.integration.film_videos import film_of, plain
from tests.integration.platform import RunningPlatform, eventually
from tests.media.inspected import Reply, Site, serve_site

SLIDES = (BRIGHT, DARK, BRIGHT - 60)
#: What a browser that is to look at it says of a page that cannot be had.
FAILURES = {
    "down": "connection refused",
    "slow": "timed out after 15 s",
    "inwards": "refused: private address",
    "endless": "larger than 50 MB",
    "unavailable": "HTTP 503",
    "nameless": "name not found",
}


@dataclass(frozen=True)
class Stage:
    """A platform whose frames are read by a model, a site that it may look at, and the browser that it finds first."""

    platform: RunningPlatform
    site: Site
    chromium: Path
    reader: GreyReader

    @property
    def client(self) -> FilmClient:
        return FilmClient.of(self.platform)

    def post(self, path: str, *slides: int) -> requests.Response:
        """Send a film of greys with a page of the site as its seed URL."""
        return self.client.post(greys(path, address_of(self.site, path), *slides))

    @contextmanager
    def without_browser(self) -> Iterator[None]:
        """Let there be no browser for a while."""
        kept = self.chromium.readlink()
        self.chromium.unlink()
        try:
            yield
        finally:
            self.chromium.symlink_to(kept)


def greys(title: str, seed_url: str, *slides: int) -> Film:
    return Film(video=film_of(*map(plain, slides or (BRIGHT,))), title=title, seed_url=seed_url)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    chromium = tmp_path_factory.mktemp("bin") / CHROMIUM
    chromium.symlink_to(_installed_chromium())
    with serve_site() as site, grey_reader() as reader:
        site.add("/fine", "<h1>Fine</h1><button>Go</button><input aria-label=Name>")
        site.add("/slow", Reply(b"<!doctype html><h1>Half", hangs=True))
        site.add("/inwards", Reply(status=302, location="http://10.0.0.1/"))
        site.add("/endless", Reply(b"<!doctype html><h1>Long</h1>", endless=b"<!--" + b" " * 65_529 + b"-->"))
        site.add("/unavailable", Reply(status=503))
        settings = {
            "PATH": f"{chromium.parent}:/usr/bin:/bin",
            "PLAYHEAD_FRAME_READER": "gemini",
            "PLAYHEAD_GEMINI_URL": reader.url,
        }
        with _closed_port() as closed, film_platform(tmp_path_factory.mktemp("films"), site, closed, **settings) as up:
            site.pages["/down"] = Reply(location=f"http://{closed}/")
            yield Stage(up, site, chromium, reader)


@pytest.fixture(scope="module")
def answers(stage: Stage) -> Iterator[Mapping[str, Future[requests.Response]]]:
    """The answers to films of every page that cannot be had; all are sent at once, as the slow one takes its time."""
    seeds = {kind: address_of(stage.site, f"/{kind}") for kind in FAILURES}
    seeds["down"] = stage.site.pages["/down"].location or ""
    seeds["nameless"] = "http://nowhere.invalid/"
    with ThreadPoolExecutor(len(seeds)) as pool:
        yield {kind: pool.submit(stage.client.post, greys(kind, seed)) for kind, seed in seeds.items()}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_page_that_cannot_be_had_is_told_and_the_session_completes(
    stage: Stage, answers: Mapping[str, Future[requests.Response]], kind: str
) -> None:
    answer = answers[kind].result(ENDS_WITHIN_S)

    assert answer.status_code == 200, answer.text
    made = answer.json()
    [snapshot] = made["inspection"]["snapshots"]
    assert (snapshot["success"], snapshot["error"], snapshot["counts"]["total"]) == (False, FAILURES[kind], 0)
    assert snapshot["url"] == made["seedUrl"]
    assert made["status"] == stage.client.session(made["sessionId"])["status"] == "complete"
    assert f"could not be opened: {FAILURES[kind]}" in made["prompt"]
    assert name_of(BRIGHT).lower() in words_of(made["frames"][0])
    lanes = stage.client.status(made["sessionId"])["processingStatus"]
    assert (lanes["playwrightLane"]["status"], lanes["playwrightLane"]["detail"]) == ("complete", "0 snapshots")


def test_a_frame_that_cannot_be_read_is_told_and_the_others_count(stage: Stage) -> None:
    answer = stage.post("/fine", *SLIDES)

    assert answer.status_code == 200, answer.text
    made = answer.json()
    bright, dark, dimmed = made["frames"]
    assert [words_of(bright), words_of(dimmed)] == [name_of(one).lower() for one in (SLIDES[0], SLIDES[2])]
    assert (dark["ariaTree"], dark["diffSummary"]) == ([], {"added": 0, "changed": 0, "removed": 0})
    assert sum(dimmed["diffSummary"].values()) > 0, "it is compared with the last frame that could be read"
    assert made["prompt"].count("the picture could not be read") == 1
    assert made["inspection"]["snapshots"][0]["success"]
    lane = stage.client.status(made["sessionId"])["processingStatus"]["visionLane"]
    assert (lane["status"], lane["detail"]) == ("complete", "2/3 frames")


def test_films_of_which_no_frame_can_be_read_end_in_error(stage: Stage) -> None:
    answer = stage.post("/fine", DARK, DARK + 40)

    id = assert_failed(stage, answer, "None of the frames could be read")
    lanes = stage.client.status(id)["processingStatus"]
    assert (lanes["visionLane"]["status"], lanes["synthesis"]["status"]) == ("error", "pending")
    assert "could be read" in lanes["visionLane"]["error"]


def test_a_video_that_is_none_ends_in_error(stage: Stage) -> None:
    film = Film(video=b"\x1aE\xdf\xa3" + b"webm" * 500, title="noise", seed_url=address_of(stage.site, "/fine"))

    answer = stage.client.post(film)

    id = assert_failed(stage, answer, "")
    assert stage.client.status(id)["processingStatus"]["frameExtraction"]["status"] == "error"


def test_without_a_browser_a_session_ends_in_error(
    stage: Stage, answers: Mapping[str, Future[requests.Response]]
) -> None:
    for other in answers.values():
        other.result(ENDS_WITHIN_S)

    with stage.without_browser():
        answer = stage.post("/fine")

    id = assert_failed(stage, answer, "The browser does not start")
    lanes = stage.client.status(id)["processingStatus"]
    assert (lanes["overallStage"], lanes["playwrightLane"]["status"]) == ("error", "error")
    assert stage.post("/fine").status_code == 200, "the browser is back, and nothing else has to be done"


@pytest.mark.parametrize(
    ("victim", "error"),
    [
        pytest.param("--remote-debugging-pipe", "the browser ended", id="the browser alone"),
        pytest.param("", None, id="the whole part, which is retried"),
    ],
)
def test_a_browser_that_is_killed_while_it_looks_is_made_good(stage: Stage, victim: str, error: str | None) -> None:
    path = f"/waits-{victim.strip('-')}"
    stage.site.add(path, Reply(b"<!doctype html><h1>Waits</h1>", hangs=True))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stage.post, path)
        eventually(lambda: path in stage.site.paths_asked(), within_s=60, what="the browser looking")

        stage.site.add(path, "<h1>Waits no more</h1>")
        if victim:
            kill_within(stage.platform.part("browser"), victim)
        else:
            stage.platform.kill("browser")
        answer = waiting.result(ENDS_WITHIN_S)

    assert answer.status_code == 200, answer.text
    [snapshot] = answer.json()["inspection"]["snapshots"]
    assert (snapshot["success"], snapshot.get("error")) == (error is None, error)
    assert ("Waits no more" in answer.json()["prompt"]) is (error is None)


def assert_failed(stage: Stage, answer: requests.Response, why: str) -> str:
    """The documented failure: the session stays and says why, and the video is gone; returns the session's id."""
    assert answer.status_code == 500, answer.text
    told = answer.json()
    assert set(told) == {"sessionId", "error", "processingMs"}
    id: str = told["sessionId"]
    assert why in told["error"]
    assert told["processingMs"] > 0
    session, status = stage.client.session(id), stage.client.status(id)
    assert (session["status"], session["prompt"], session["frames"]) == ("error", "", [])
    assert (status["sessionStatus"], status["lastError"]) == ("error", told["error"])
    eventually(lambda: not uploads_of(stage.platform, id), what="the video going")
    return id


def kill_within(part: psutil.Process, words: str) -> None:
    """End the processes of a part whose command lines have these words."""
    for process in part.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # some of a browser's processes are short-lived
            if words in " ".join(process.cmdline()):
                process.kill()


@contextmanager
def _closed_port() -> Iterator[str]:
    """A host and port where nobody listens, and nobody else will while the block lasts."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{reserved.getsockname()[1]}"


def _installed_chromium() -> str:
    found = shutil.which(CHROMIUM)
    assert found is not None, "the tests need Debian's headless Chromium"
    return found
