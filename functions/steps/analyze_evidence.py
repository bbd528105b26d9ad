from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.feedback.analysis import analyze
from shared.ports import Media
from shared.ports.analysts import Analyst
from shared.recordings.outcomes import Done
from shared.settings import settings


@step(profile="media", memory_mb=1024, timeout_s=300)
def steps_analyze_evidence(work: Attempt, media: Media, analyst: Analyst) -> Done:
    """Have the evidence analysed, keep what it bears out, and make the analysis visible."""
    return analyze(
        built=work.result_of("build_timeline"),
        analyst=analyst,
        has_stand_in=settings().analyst_fallback,
        is_last_attempt=work.is_last_attempt,
        name=work.output("analysis.json.gz"),
        media=media,
        check=work.check,
    )
