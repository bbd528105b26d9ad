from shared.edge.endpoint import endpoint
from shared.errors import Conflict, NotFound
from shared.ports import Clock, Media, Recordings
from shared.recordings.recording import Caller
from shared.sessions.api import SessionId
from shared.sessions.prompt_api import PromptOut, PromptRequest
from shared.sessions.rewriting import generate_prompt


@endpoint("POST /api/sessions/{id}/generate-prompt", raises=(NotFound, Conflict))
def sessions_generate_prompt(
    id: SessionId, body: PromptRequest, caller: Caller, recordings: Recordings, media: Media, clock: Clock
) -> PromptOut:
    """Write the prompt anew, for another agent or of some of the frames."""
    prompt = generate_prompt(
        id,
        target=body.agent_target,
        frame_ids=body.frame_ids,
        max_tokens=body.max_tokens,
        by=caller,
        recordings=recordings,
        media=media,
        now=clock.now(),
    )
    return PromptOut(session_id=id, prompt=prompt)
