"""Sessions of Anna's: forms that become them, and what their steps have found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from shared.edge.forms import MultipartForm
from shared.errors import InvalidRequest
from shared.evidence.pages import PageSnapshot
from shared.ports.bodies import Form
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack, unpack
from shared.recordings.idempotency import Once
from shared.recordings.objects import OutputName, UploadName
from shared.recordings.outcomes import Done, Outcome
from shared.recordings.recording import Caller, Failure, Family, Recording, State, StoredObject
from shared.recordings.runs import Run, RunState, StepRecord, start_run
from shared.recordings.texts import Text
from shared.recordings.work import Work, claim_step, commit_step, fail_step
from shared.sessions.domain import PIPELINE, PROMPT, AgentTarget, NewSession, SessionDetails
from shared.sessions.evidence import SeenFrame, SessionEvidence
from shared.sessions.service import Session, create_session, details_of
from shared.sessions.uploads import Uploaded, begin_upload, grant_upload
from shared.structs import replace
from tests.unit import examples, forms
from tests.unit.examples import ANNA, World
from tests.unit.fakes import START
from tests.unit.pictures import CHECKOUT, FLOW, PAGES, Picture
from tests.unit.workers import LEASE

CARL = replace(ANNA, user_id="carl")  #: a colleague of Anna's, of the same tenant
SESSION_ID = "sess_AAAA0001"
RUN_ID = "run1"
WEBM = b"\x1a\x45\xdf\xa3\x9fB\x82\x84webm" + bytes(range(200))
MKV = b"\x1a\x45\xdf\xa3\x9fB\x82\x88matroska" + bytes(range(200))
MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(range(200))
OLD_PROMPT = "What was written first."


class FakeGuard:
    """A network in which everything is public but for the hosts that a test names."""

    def __init__(self) -> None:
        self.private: set[str] = set()

    def check(self, url: str) -> None:
        if any(host in url for host in self.private):
            raise InvalidRequest("the address is private")


@dataclass
class SessionWorld(World):
    """Every port in memory, and what is asked of sessions."""

    guard: FakeGuard = field(default_factory=FakeGuard)

    def create_by_hand(self, *, by: Caller = ANNA, once: Once | None = None, **members: Any) -> Session:
        """Begin a session that its client tracks."""
        new = NewSession(**{"title": "Checkout", **members})
        return create_session(
            new, by=by, once=once or Once(), recordings=self.recordings, ids=self.ids, clock=self.clock
        )

    def upload(self, form: MultipartForm, *, by: Caller = ANNA, once: Once | None = None) -> Uploaded:
        return begin_upload(
            cast(Form, form),  # a form of pydantic models, as all of ours are
            by=by,
            once=once or Once(),
            recordings=self.recordings,
            media=self.media,
            tasks=self.tasks,
            guard=self.guard,
            ids=self.ids,
            clock=self.clock,
        )

    def grant(self, *, by: Caller = ANNA, once: Once | None = None) -> str:
        """An upload id of the caller's."""
        grant, _ = grant_upload(
            "video/webm",
            by=by,
            once=once or Once(),
            recordings=self.recordings,
            media=self.media,
            ids=self.ids,
            now=self.clock.now(),
        )
        return grant.id

    def put(self, upload_id: str, content: bytes = WEBM, **how: int) -> StoredObject:
        """What a client does with the URL of an upload id."""
        return self.media.upload(UploadName(Family.SESSIONS, upload_id).render(), content, **how)

    def run(self, id: str = RUN_ID) -> Run:
        found = self.recordings.find_run(id)
        assert found is not None
        return found

    def take(self, run_id: str, step: str) -> Work:
        """Deliver the waiting task of a step, which must be free."""
        waiting = [task for task in self.tasks.waiting.values() if (task.run_id, task.step) == (run_id, step)]
        task = max(waiting, key=lambda task: task.epoch)
        claim = claim_step(task, task_name=task.name, recordings=self.recordings, now=self.clock.now(), lease=LEASE)
        assert claim.work is not None
        return claim.work

    def finish(self, work: Work, outcome: Outcome | None = None) -> None:
        for task in commit_step(work, outcome or Done(), recordings=self.recordings, now=self.clock.now()):
            self.tasks.enqueue(task)

    def fail(self, work: Work, code: str = "broken", message: str = "The file is broken.") -> None:
        failure = Failure(code=code, message=message)
        fail_step(work, failure, recordings=self.recordings, now=self.clock.now())

    def process(
        self,
        *,
        pictures: Sequence[Picture] = FLOW,
        pages: tuple[PageSnapshot, ...] = PAGES,
        state: State = State.READY,
        run_state: RunState = RunState.DONE,
    ) -> Recording:
        """Set the scene: a session of Anna's whose video has been processed."""
        evidence = SessionEvidence(frames=tuple(self._seen(picture) for picture in pictures), pages=pages)
        stored = self.media.save(output("synthesize_session", "evidence.json.gz"), pack(evidence), content_type=GZIP)
        details = details_with(evidence=stored, frame_count=len(pictures), duration_s=71)
        recording = session(state=state, current_run=RUN_ID, details=to_plain(details))
        run = Run(id=RUN_ID, recording_id=SESSION_ID, pipeline=PIPELINE, created_at=START, state=run_state)
        self.recordings.put(recording, run, Text(recording_id=SESSION_ID, name=PROMPT, content=OLD_PROMPT))
        return recording

    def evidence(self, id: str = SESSION_ID) -> SessionEvidence:
        """What is stored of a session now."""
        stored = details_of(self.recording(id)).evidence
        assert stored is not None
        return unpack(self.media.open(stored).read(), SessionEvidence)

    def prompt(self, id: str = SESSION_ID) -> str | None:
        return self.recordings.find_texts([id], PROMPT).get(id)

    def _seen(self, picture: Picture) -> SeenFrame:
        name = output("extract_frames", f"{picture.timestamp_ms}.frame.png")
        return SeenFrame(
            id=picture.id,
            timestamp_ms=picture.timestamp_ms,
            url=picture.url,
            thumbnail=f"thumbnail of {picture.id}".encode(),
            pictures=(self.media.save(name, f"picture of {picture.id}".encode(), content_type="image/png"),),
            elements=picture.elements,
            error=picture.error,
        )


def output(step: str, file: str) -> str:
    return OutputName(Family.SESSIONS, SESSION_ID, RUN_ID, step, 1, file).render()


def details_with(**changes: Any) -> SessionDetails:
    made = SessionDetails(title="Checkout", agent_target=AgentTarget.CLAUDE_CODE, seed_url=CHECKOUT)
    return replace(made, **changes)


def session(**changes: Any) -> Recording:
    """A session of Anna's."""
    made = examples.recording(id=SESSION_ID, family=Family.SESSIONS, details=to_plain(details_with()))
    return replace(made, **changes)


def upload_form(content: bytes | None = WEBM, *, without: Iterable[str] = (), **fields: str) -> MultipartForm:
    """What a client sends with `POST /api/recordings`, its file between its fields."""
    given = {"title": "Checkout", "seedUrl": CHECKOUT, **fields}
    parts = [forms.field(name, text) for name, text in given.items() if name not in without]
    if content is not None:
        parts.insert(1, forms.file(content))
    return MultipartForm(forms.request(forms.form(*parts), sizes=(70,)), cap_bytes=None)


def run_of(steps: Mapping[str, StepRecord], **changes: Any) -> Run:
    """The run of an upload with these records; the other steps wait."""
    begun = start_run(RUN_ID, SESSION_ID, PIPELINE, source=None, now=START)
    waiting = dict.fromkeys(begun.steps, StepRecord())
    return replace(begun, steps={**waiting, **steps}, **changes)
