from shared.capture.reading import details_of
from shared.capture.service import finished_details
from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.recordings.outcomes import Done


@step(timeout_s=60, concurrency=16)
def steps_finish_capture(work: Attempt) -> Done:
    """Show readers what the other steps made."""
    return Done(
        details=finished_details(
            details_of(work.recording),
            remuxed=work.result_of("remux_video"),
            previews=work.result_of("preview_video"),
            summary=work.result_of("summarize_events"),
        )
    )
