"""Twenty clients send films at once: each is served or told to come back, none is stuck, and none gets another's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
import requests

from tests.integration.film_client import Film, FilmClient, address_of, film_platform, words_of
from tests.integration.film_stored import uploads_of
from tests.integration.film_videos import film_of, text
from tests.integration.platform import RunningPlatform, eventually
from tests.media.inspected import Site, serve_site

CROWD = 20
#: Requests of one instance that may wait; who comes after them is to come back.
PLACES = 16
ALL_END_WITHIN_S = 240
#: Words that neither OCR nor a search confuses.
FRUIT = (
    *("apple", "banana", "cherry", "damson", "elder", "fennel", "grape", "hazel", "iris", "juniper"),
    *("kiwi", "lemon", "mango", "nutmeg", "olive", "papaya", "quince", "rhubarb", "sorrel", "tomato"),
)
_LOOK_PAUSE_S = 0.1


@dataclass
class Observer:
    """A client that asks for the status of one session after the other, and keeps what it is told."""

    client: FilmClient
    statuses: list[dict[str, Any]] = field(default_factory=list)

    def watch(self, everybody_served: Event) -> None:
        while not everybody_served.is_set():
            for session in self.client.sessions():
                self.statuses.append(self.client.status(session["id"]))
            time.sleep(_LOOK_PAUSE_S)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve_site() as served:
        for fruit in FRUIT:
            served.add(f"/{fruit}", f"<h1>Orchard of {fruit}</h1><button>Order {fruit}</button>")
        yield served


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[RunningPlatform]:
    """A platform with the leases of production: twenty films on two cores are no reason to take work away."""
    settings = {"PLAYHEAD_STEP_LEASE_S": "60", "PLAYHEAD_MAX_WAITERS": str(PLACES)}
    with film_platform(tmp_path_factory.mktemp("crowd"), site, **settings) as running:
        yield running


def film_about(fruit: str, site: Site) -> Film:
    return Film(video=film_of(text(f"Fresh {fruit}")), title=f"About {fruit}", seed_url=address_of(site, f"/{fruit}"))


@contextmanager
def watching(client: FilmClient) -> Iterator[Observer]:
    """Let an observer ask for as long as the block lasts; fails the test where it was not answered."""
    observer, served = Observer(client), Event()
    with ThreadPoolExecutor(1) as pool:
        watch = pool.submit(observer.watch, served)
        try:
            yield observer
        finally:
            served.set()
        watch.result(60)


@pytest.mark.timeout(360)
def test_of_twenty_films_at_once_each_is_served_or_told_to_come_back(platform: RunningPlatform, site: Site) -> None:
    client = FilmClient.of(platform)
    films = {fruit: film_about(fruit, site) for fruit in FRUIT}

    with watching(client) as observer, ThreadPoolExecutor(CROWD) as pool:
        sent = {pool.submit(client.post, film): fruit for fruit, film in films.items()}
        answers = {sent[done]: done.result() for done in as_completed(sent, ALL_END_WITHIN_S)}

    served = {fruit: answer.json() for fruit, answer in answers.items() if answer.status_code == 200}
    turned_away = {fruit: answer for fruit, answer in answers.items() if answer.status_code != 200}
    assert len(served) >= PLACES
    for answer in turned_away.values():
        assert_told_to_come_back(answer)
    for fruit, made in served.items():
        assert_is_about(fruit, made, films[fruit])
    assert_observed_the_truth(observer, {made["sessionId"] for made in served.values()})
    listed = {session["title"]: session["status"] for session in client.sessions()}
    assert listed == {films[fruit].title: "complete" for fruit in served}, "who was turned away has left nothing"
    eventually(lambda: not uploads_of(platform, ""), what="all videos going")


def assert_told_to_come_back(answer: requests.Response) -> None:
    assert answer.status_code in (429, 503), answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["statusCode"] == answer.status_code


def assert_is_about(fruit: str, made: dict[str, Any], film: Film) -> None:
    """Title, URL, frames, page and prompt are of this film, and nothing is of any other."""
    assert (made["title"], made["seedUrl"], made["fileSize"]) == (film.title, film.seed_url, len(film.video))
    assert [words_of(frame) for frame in made["frames"]] == [f"fresh {fruit}"]
    [snapshot] = made["inspection"]["snapshots"]
    assert (snapshot["url"], snapshot["success"], snapshot["counts"]["total"]) == (film.seed_url, True, 2)
    for own in (film.title, film.seed_url, f"Orchard of {fruit}", f"Fresh {fruit}"):
        assert own in made["prompt"]
    assert [other for other in FRUIT if other != fruit and other in made["prompt"].lower()] == []


def assert_observed_the_truth(observer: Observer, ids: set[str]) -> None:
    """Who asked while all others waited was answered, and saw sessions move and none go back."""
    stages = ("uploading", "extracting", "analyzing", "synthesizing", "persisting", "complete")
    seen: dict[str, list[int]] = {}
    for status in observer.statuses:
        stage = stages.index(status["processingStatus"]["overallStage"])
        seen.setdefault(status["sessionId"], []).append(stage)
    assert set(seen) == ids
    assert all(one == sorted(one) for one in seen.values())
    assert any(len(set(one)) > 2 for one in seen.values())
