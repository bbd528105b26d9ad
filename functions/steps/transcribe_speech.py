from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.feedback.context import fetch_context
from shared.feedback.hotwords import hotwords_of
from shared.media.errors import UnreadableMedia
from shared.media.speech import transcribe
from shared.media.speech_engine import shared_engine
from shared.ports import Media
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.outcomes import Done, Permanent, Skipped
from shared.recordings.recording import StoredObject
from shared.settings import settings


@step(profile="media", memory_mb=2048, timeout_s=1800)
def steps_transcribe_speech(work: Attempt, media: Media) -> Done | Skipped:
    """Write down what is said in the recording; where nobody speaks, say why there is nothing to write."""
    video = from_plain(work.result_of("pin_upload")["video"], StoredObject)
    hotwords = hotwords_of(fetch_context(work.recording, media=media))
    engine = shared_engine(settings().whisper_model_dir)
    try:
        with media.open(video) as source:
            transcript = transcribe(source, engine=engine, hotwords=hotwords, on_progress=work.check)
    except UnreadableMedia as error:
        raise Permanent(error.code, error.message) from error
    if not transcript.words:
        return Skipped(detail=transcript.note)
    stored = media.save(work.output("transcript.json.gz").render(), pack(transcript), content_type=GZIP)
    return Done(result={"transcript": to_plain(stored)}, detail=f"{len(transcript.words)} words")
