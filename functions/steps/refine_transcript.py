from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.feedback.context import fetch_context
from shared.feedback.hotwords import ScreenWords
from shared.feedback.lanes import find_screens, find_transcript
from shared.media.speech import refine
from shared.media.speech_engine import shared_engine
from shared.ports import Media, Recordings
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.outcomes import Done, Skipped
from shared.recordings.recording import StoredObject
from shared.settings import settings


@step(profile="media", memory_mb=2048, timeout_s=1800)
def steps_refine_transcript(work: Attempt, recordings: Recordings, media: Media) -> Done | Skipped:
    """Hear again what was uncertain, now that it is known what stood on the screen."""
    heard = find_transcript(work, media=media)
    screens = find_screens(work, recordings=recordings, media=media)
    if heard is None or not screens.screens:
        return Skipped(detail="There is nothing that the screens could help to hear.")
    words = ScreenWords(screens, fetch_context(work.recording, media=media))
    engine = shared_engine(settings().whisper_model_dir)
    with media.open(from_plain(work.result_of("pin_upload")["video"], StoredObject)) as source:
        refined = refine(source, heard, engine=engine, hotwords=words.like, on_progress=work.check)
    stored = media.save(work.output("transcript.json.gz").render(), pack(refined), content_type=GZIP)
    return Done(result={"transcript": to_plain(stored)}, detail=f"{len(refined.words)} words")
