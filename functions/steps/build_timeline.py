from collections.abc import Iterator

from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.evidence.screens import Screens
from shared.evidence.transcript import Transcript
from shared.feedback.context import fetch_context
from shared.feedback.lanes import find_screens, find_transcript
from shared.feedback.timeline import Built, build_timeline
from shared.ports import Media, Recordings
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.outcomes import Done


@step(memory_mb=1024, timeout_s=300)
def steps_build_timeline(work: Attempt, recordings: Recordings, media: Media) -> Done:
    """Bring everything that the recording shows onto one clock, without secrets."""
    work.report("reading")
    built = _build(work, recordings, media)
    work.check()
    stored = media.save(work.output("timeline.json.gz").render(), pack(built.timeline), content_type=GZIP)
    shown = media.save(work.output("transcript.json.gz").render(), pack(built.transcript), content_type=GZIP)
    result = {"timeline": to_plain(stored), "transcript": to_plain(shown), "brief": to_plain(built.brief)}
    return Done(result=result, detail=f"{len(built.timeline.items):,} pieces of evidence")


def _build(work: Attempt, recordings: Recordings, media: Media) -> Built:
    screens = find_screens(work, recordings=recordings, media=media)
    return build_timeline(
        fetch_context(work.recording, media=media),
        screens=screens,
        transcript=find_transcript(work, media=media) or Transcript(note=_why(work, "transcribe_speech")),
        video_duration_s=work.result_of("remux_video").get("facts", {}).get("duration_ms", 0) / 1000,
        notes=tuple(_notes(work, screens)),
    )


def _notes(work: Attempt, screens: Screens) -> Iterator[str]:
    """Say what is missing, and why."""
    if not screens.screens:
        yield f"No text was read on the screen: {_why(work, 'read_screens')}"
    if not work.result_of("transcribe_speech"):
        yield f"No speech was heard: {_why(work, 'transcribe_speech')}"


def _why(work: Attempt, step_name: str) -> str:
    """Why an earlier step has no result."""
    record = work.record_of(step_name)
    if record is None:
        return "That was not done."
    return record.error.message if record.error else record.detail or "There is none."
