from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports import Clock, Media, Recordings
from shared.recordings.outcomes import Done
from shared.sessions.synthesis import synthesize


@step(memory_mb=1024, timeout_s=120, concurrency=4)
def steps_synthesize_session(work: Attempt, recordings: Recordings, media: Media, clock: Clock) -> Done:
    """Bring frames and pages together, and write the prompt."""
    return synthesize(
        work.recording,
        frames=work.result_of("select_frames"),
        readings=work.result_of("read_frames"),
        pages=work.result_of("inspect_pages"),
        name=work.output("evidence.json.gz"),
        recordings=recordings,
        media=media,
        now=clock.now(),
    )
