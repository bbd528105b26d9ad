from shared.edge.endpoint import endpoint
from shared.errors import Conflict, TooLarge
from shared.ports import Clock, Ids, Media, Recordings, Tasks, UrlGuard
from shared.ports.bodies import Form
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.sessions.editing import read_evidence
from shared.sessions.failures import ProcessingFailed
from shared.sessions.frame_views import processing_out
from shared.sessions.processing_api import ProcessingOut, StillProcessingOut, UploadForm
from shared.sessions.service import get_session
from shared.sessions.uploads import begin_upload, finish_upload


@endpoint(
    "POST /api/recordings",
    form=UploadForm,
    waits=True,
    raises=(Conflict, TooLarge, ProcessingFailed),
    memory_mb=1024,
    timeout_s=300,
)
def sessions_upload_recording(
    form: Form,
    caller: Caller,
    once: Once,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    guard: UrlGuard,
    ids: Ids,
    clock: Clock,
) -> ProcessingOut | StillProcessingOut:
    """Turn a screen recording into frames, ARIA trees and a prompt, and answer when that is done.

    With `Prefer: respond-async`, or when it takes longer than 240 seconds, the answer is 202 and `/status` tells the
    rest.
    """
    uploaded = begin_upload(
        form, by=caller, once=once, recordings=recordings, media=media, tasks=tasks, guard=guard, ids=ids, clock=clock
    )
    finished = None if form.respond_async else finish_upload(uploaded, recordings=recordings)
    if finished is None:
        return StillProcessingOut(session_id=uploaded.recording.id)
    session = get_session(finished.id, by=caller, recordings=recordings)
    return processing_out(session, read_evidence(session.details, media=media))
