from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.recordings.outcomes import Done


@step(timeout_s=60, concurrency=16)
def steps_publish_video(work: Attempt) -> Done:
    """Show readers the playable video, before anything else is known of it."""
    remuxed = work.result_of("remux_video")
    duration_s = remuxed["facts"]["duration_ms"] / 1000
    return Done(details={"video": remuxed["video"], "video_duration_s": duration_s}, detail=f"{duration_s:.1f} s")
