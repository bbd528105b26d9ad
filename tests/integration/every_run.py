"""Runs of every pipeline on recordings that are full of secrets, to the good and to the bad end.

The one list that a new pipeline adds to; `test_every_secret.py` fails as long as one is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shared import ports
from shared.recordings.codec import to_plain
from shared.recordings.objects import EventsName
from shared.recordings.recording import Family, State
from shared.recordings.runs import StepState
from shared.structs import replace
from shared.wiring import wired
from tests.integration.conftest import SAMPLE
from tests.integration.every_endpoint import Person
from tests.integration.every_secret import Secrets
from tests.integration.every_story import Outside, Story, Told
from tests.integration.feedback_client import METADATA
from tests.integration.film_videos import film_of, text
from tests.integration.platform import PROCESSING_S, eventually
from tests.integration.rooms_stories import room_archive, room_import
from tests.integration.rrweb_events import START_MS, incremental, meta
from tests.integration.sessions_videos import with_hidden_text
from tests.integration.stored import paused, recording_of, run_of

EBML = b"\x1aE\xdf\xa3"
PATH = "/api/v1/recordings"

KIND = "/capture/api/v1/recordings/{id}"
FEEDBACK_KIND = "/feedback/api/feedback/recordings/{id}"
SESSION_KIND = "/sessions/api/sessions/{id}"


def events_with(planted: Secrets) -> list[dict[str, Any]]:
    """rrweb events of a page that is all secrets: where it is, what it shows, what is typed, what it logs."""
    text = {"type": 3, "id": 4, "textContent": planted.plant("text of the page")}
    field = {"type": 2, "id": 3, "tagName": "input", "childNodes": [text], "attributes": {}}
    field["attributes"] = {"value": planted.plant("value of a field"), "href": planted.plant("href of a link")}
    page = {"node": {"type": 0, "id": 1, "childNodes": [field]}, "initialOffset": {"left": 0, "top": 0}}
    console = {"plugin": "rrweb/console@1", "payload": {"level": "error", "payload": [planted.plant("console")]}}
    custom = {"tag": planted.plant("tag of an event"), "payload": {"note": planted.plant("payload of an event")}}
    return [
        meta(0, f"https://shop.example/?token={planted.plant('address of a page')}"),
        {"type": 2, "timestamp": START_MS + 1, "data": page},
        incremental(5, planted.plant("typed text")),
        {"type": 6, "timestamp": START_MS + 6, "data": console},
        {"type": 5, "timestamp": START_MS + 7, "data": custom},
        {"type": planted.plant("type of an event"), "timestamp": START_MS + 8},
    ]


def film(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """One video as Chrome makes it, and one that only begins like one."""
    capture, events = owner.capture(), events_with(planted)[:-1]
    videos = ((SAMPLE / "video.webm").read_bytes(), EBML + planted.plant("video").encode() * 100)
    ids = []
    for video in videos:
        created = capture.create({"has_video": True, "name": planted.plant("name"), "events": events})
        planted.keep_signatures("an upload URL", created["video_upload_url"])
        capture.upload(created, video)
        ids.append(created["id"])
    capture.wait_for(ids[0], "ready")
    capture.wait_for(ids[1], "failed")
    return Told(KIND, {"id": ids[0]}, ids)


def capture_events(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """Events that can be summed up, an index of events that is none, and events that are refused."""
    capture, events = owner.capture(), events_with(planted)
    refused = capture.call("POST", PATH, json={"started_at": "2026-05-04T10:00:00Z", "events": events})
    good = capture.create({"events": events[:-1]})["id"]
    with paused("light"):
        broken = capture.create({"events": events[:-1]})["id"]
        break_index(broken, planted)
    for id in (good, broken):
        capture.wait_for(id, "ready")
    unread = capture.call("GET", f"{PATH}/{broken}/events?from_ms=0")
    assert (refused.status_code, unread.status_code) == (400, 500)
    assert planted.found_in(refused.text + unread.text) == set()
    assert run_of(broken).steps["summarize_events"].state is StepState.FAILED
    return Told(KIND, {"id": good}, [good, broken])


def break_index(id: str, planted: Secrets) -> None:
    """Give the recording an index of events that says something else."""
    name = EventsName(Family.CAPTURE, id, "broken.json").render()
    content = json.dumps({"blocks": planted.plant("blocks of an index"), "event_count": planted.plant("event count")})
    stored = wired(ports.Media).save(name, content.encode(), content_type="application/json")
    recording = recording_of(id)
    broken = replace(recording, details={**recording.details, "block_index": to_plain(stored)})
    wired(ports.Recordings).transact(lambda transaction: transaction.save(broken))


def session(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """A video that shows a secret, of a page that is full of them, and one that only begins like a video."""
    sessions, plant = owner.sessions(), planted.plant
    page = f"<h1>{plant('text of a page that is opened')}</h1><input value={plant('value of a field that is seen')}>"
    seed_url = f"{outside.site.add('/account', page)}?token={plant('query of a seed URL')}"
    fields = {"title": plant("title of a session"), "notes": plant("notes of a session"), "seedUrl": seed_url}
    good = with_hidden_text(film_of(text("Account", plant("text of a screen"))), plant("hidden in a video"))
    done = sessions.upload(good, fields)
    failed = sessions.upload(EBML + plant("video of a session").encode() * 100, fields)
    assert (done.status_code, failed.status_code) == (200, 500)
    assert {"text of a page that is opened", "text of a screen"} <= planted.found_in(done.text)
    assert planted.found_in(failed.text) == set()
    ids = [answer.json()["sessionId"] for answer in (done, failed)]
    return Told(SESSION_KIND, {"id": ids[0]}, ids)


def feedback_body(planted: Secrets) -> dict[str, Any]:
    """What a client sends with feedback, full of secrets: where it was, what was typed, logged and fetched."""
    plant = planted.plant
    address = f"https://shop.example/checkout?token={plant('address of feedback')}"
    metadata = {"title": plant("title of feedback"), "intent": plant("intent of feedback"), "url": address}
    typed = {"type": "input", "timestamp": 1, "selector": "input[type=password]", "value": plant("a typed password")}
    strange = {"type": plant("type of an action"), "timestamp": plant("time of an action"), "url": address}
    logged = {"level": "error", "timestamp": 2, "message": f"no session {plant('a log entry')}"}
    fetched = {"url": address, "method": "POST", "status": 500, "timestamp": 2, "body": plant("body of a request")}
    fetched |= {"headers": {"Authorization": f"Bearer {plant('token of a request')}", "Cookie": plant("cookie")}}
    return {
        "metadata": {**METADATA, **metadata, "note": plant("what nobody knows of feedback")},
        "actions": [typed, strange],
        "browserState": {"consoleLogs": [logged], "networkRequests": [fetched]},
        "elements": [{"role": "textbox", "name": plant("name of an element"), "value": plant("value of an element")}],
    }


def feedback_videos(planted: Secrets, story: str) -> tuple[bytes, bytes]:
    """A video that shows a secret and holds another, and one that only begins like a video."""
    shown = film_of(text("Account", planted.plant(f"text of a screen in {story}")))
    broken = EBML + planted.plant(f"video in {story}").encode() * 100
    return with_hidden_text(shown, planted.plant(f"hidden in a video in {story}")), broken


def feedback_intake(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """A video that can be played, and one that cannot."""
    client, body = owner.feedback(), feedback_body(planted)
    ids: list[str] = []
    for number, video in enumerate(feedback_videos(planted, "an intake")):
        created = client.create(**body)
        planted.keep(f"upload token {number}", created["uploadToken"])
        planted.keep_signatures(f"upload URL {number}", created["uploadUrl"])
        ids.append(created["recordingId"])
        assert client.put_directly(created, video).ok
    eventually(lambda: recording_of(ids[0]).state is State.READY, within_s=PROCESSING_S)
    eventually(lambda: recording_of(ids[1]).state is State.FAILED, within_s=PROCESSING_S)
    return Told(FEEDBACK_KIND, {"id": ids[0]}, ids)


def feedback_analysis(owner: Person, planted: Secrets, outside: Outside) -> Told:
    """A recording that can be analysed, and one that cannot."""
    client, body = owner.feedback(), feedback_body(planted)
    ids: list[str] = []
    for video in feedback_videos(planted, "an analysis"):
        id = client.create(**body)["recordingId"]
        ids.append(id)
        answers = client.put_video(id, video), client.call("POST", f"/recordings/{id}/analyze")
        assert [answer.status_code for answer in answers] == [200, 202]
    eventually(lambda: client.read(ids[0]).json()["status"] == "analyzed", within_s=PROCESSING_S)
    eventually(lambda: client.read(ids[1]).json()["status"] == "failed", within_s=PROCESSING_S)
    return Told(FEEDBACK_KIND, {"id": ids[0]}, ids)


STORIES: Mapping[str, Story] = {
    "capture_with_video": film,
    "capture_events_only": capture_events,
    "session_from_video": session,
    "feedback_analysis": feedback_analysis,
    "feedback_intake": feedback_intake,
    "room_import": room_import,
    "room_archive": room_archive,
}
