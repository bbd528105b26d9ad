"""The callers, recordings and events that the tests speak of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from shared.capture.api import NewRecording
from shared.capture.service import Created, create_recording
from shared.edge.bodies import parse_body
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller, Family, Recording, State
from shared.structs import replace
from tests.unit.fake_media import FakeMedia
from tests.unit.fakes import START, FakeClock, FakeIds, FakeRecordings, FakeTasks

ANNA = Caller(tenant_id="acme", user_id="anna")
BERT = Caller(tenant_id="other", user_id="bert")
PROJECT = "00000000-0000-4000-8000-00000000cafe"
#: Epoch milliseconds of the first event of the examples.
FIRST_MS = 1_777_888_800_000

DOM_CONTENT_LOADED, LOAD, FULL_SNAPSHOT, INCREMENTAL, META, CUSTOM, PLUGIN = range(7)


def recording(**changes: Any) -> Recording:
    """A recording of Anna's that is being processed."""
    made = Recording(
        id="r1",
        family=Family.CAPTURE,
        tenant_id=ANNA.tenant_id,
        user_id=ANNA.user_id,
        state=State.PROCESSING,
        created_at=START,
        updated_at=START,
    )
    return replace(made, **changes)


def event(type_: int, at_ms: float, **data: Any) -> dict[str, Any]:
    """An rrweb event; `at_ms` counts from the first event of the examples."""
    return {"type": type_, "data": data, "timestamp": FIRST_MS + at_ms}


def page_visit(at_ms: float, href: str) -> list[dict[str, Any]]:
    """What rrweb emits for a new page."""
    return [event(META, at_ms, href=href, width=1280, height=800), event(FULL_SNAPSHOT, at_ms + 1, node={"id": 1})]


def new_recording(**members: Any) -> NewRecording:
    """A create body, read as the edge reads it."""
    body = {"started_at": "2026-05-04T10:00:00Z", "events": [], **members}
    return parse_body(json.dumps(body).encode(), NewRecording)


@dataclass
class World:
    """Every port, in memory."""

    clock: FakeClock = field(default_factory=FakeClock)
    ids: FakeIds = field(default_factory=FakeIds)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    recordings: FakeRecordings = field(default_factory=FakeRecordings)
    media: FakeMedia = field(init=False)

    def __post_init__(self) -> None:
        self.media = FakeMedia(self.clock)

    def create(self, *, by: Caller = ANNA, once: Once | None = None, **members: Any) -> Created:
        """Create a capture recording with these members in the body."""
        return create_recording(
            new_recording(**members),
            by=by,
            once=once or Once(),
            recordings=self.recordings,
            media=self.media,
            tasks=self.tasks,
            ids=self.ids,
            clock=self.clock,
        )

    def recording(self, id: str) -> Recording:
        """The recording as it is stored now."""
        found = self.recordings.find(id)
        assert found is not None
        return found
