"""A platform that may look at a test's own pages, and a client that sends it films."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.integration.platform import TEST_SETTINGS, RunningPlatform, eventually, running_platform
from tests.media.inspected import Site

#: The longest that an upload is answered in, and a margin.
ANSWER_WITHIN_S = 260
ENDS_WITHIN_S = 150


@dataclass(frozen=True, kw_only=True)
class Film:
    """A video and the fields that are sent with it."""

    video: bytes
    title: str
    seed_url: str
    notes: str = ""
    agent_target: str = "CLAUDE_CODE"

    @property
    def fields(self) -> dict[str, str]:
        return {
            "title": self.title,
            "seedUrl": self.seed_url,
            "notes": self.notes,
            "agentTarget": self.agent_target,
        }


@dataclass(frozen=True)
class FilmClient:
    """A client of the sessions API, by plain HTTP."""

    url: str
    key: str

    @staticmethod
    def of(platform: RunningPlatform) -> FilmClient:
        """A client with the first tenant's admin key."""
        return FilmClient(platform.url, platform.environment["PLAYHEAD_API_KEY"])

    def post(self, film: Film, **headers: str) -> requests.Response:
        """Send a film and wait until it is answered."""
        return self._call(
            "POST",
            "/recordings",
            data=film.fields,
            files={"file": ("film.webm", film.video, "video/webm;codecs=vp9")},
            headers=headers,
            timeout=ANSWER_WITHIN_S,
        )

    def begin(self, film: Film) -> str:
        """Send a film, and return the id of its session without waiting for the rest."""
        answer = self.post(film, Prefer="respond-async")
        assert answer.status_code == 202, answer.text
        id: str = answer.json()["sessionId"]
        return id

    def session(self, id: str) -> dict[str, Any]:
        """The session with its frames."""
        return self._found(f"/sessions/{id}")

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions."""
        answer = self._call("GET", "/sessions")
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()
        return listed

    def status(self, id: str) -> dict[str, Any]:
        """How far the session is."""
        return self._found(f"/sessions/{id}/status")

    def wait_for(self, id: str, *, within_s: float = ENDS_WITHIN_S) -> dict[str, Any]:
        """The session once its processing has ended, one way or another; a platform that is away is waited for."""
        eventually(lambda: self._has_ended(id), within_s=within_s, what=f"the end of {id}")
        return self.session(id)

    def write_prompt(self, id: str, target: str) -> str:
        """A prompt for another agent."""
        answer = self._call("POST", f"/sessions/{id}/generate-prompt", json={"agentTarget": target})
        assert answer.status_code == 200, answer.text
        prompt: str = answer.json()["prompt"]
        return prompt

    def _has_ended(self, id: str) -> bool:
        try:
            return bool(self.status(id)["sessionStatus"] != "processing")
        except requests.ConnectionError:
            return False

    def _found(self, path: str) -> dict[str, Any]:
        answer = self._call("GET", path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return requests.request(
            method, f"{self.url}/sessions/api{path}", headers=headers, **{"timeout": ANSWER_WITHIN_S, **more}
        )


@contextmanager
def film_platform(data: Path, *sites: Site | str, **settings: str) -> Iterator[RunningPlatform]:
    """A platform whose deployment lists these sites (or `host:port`); `settings` are further ones, by whole names."""
    hosts = [site if isinstance(site, str) else authority_of(site) for site in sites]
    chosen = {**TEST_SETTINGS, "PLAYHEAD_ALLOWED_HOSTS": json.dumps(hosts), **settings}
    with running_platform(data, chosen) as platform:
        yield platform


def authority_of(site: Site) -> str:
    """How other processes reach a site."""
    return f"127.0.0.1:{site.server_port}"


def address_of(site: Site, path: str) -> str:
    """Where other processes find a page of a site."""
    return f"http://{authority_of(site)}{path}"


def words_of(frame: dict[str, Any]) -> str:
    """Everything that a frame's tree names, in lower case."""
    return " | ".join(_names(frame["ariaTree"])).lower()


def _names(nodes: list[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        if node["name"] and node.get("diffStatus") != "removed":
            yield node["name"]
        yield from _names(node.get("children", []))
