"""Every pipeline, as data: which steps there are, in which order, and on which queue they run.

A step is a Cloud Function named `steps_<name>`; a stage is its place in a pipeline. A step without `after` starts at
once, any other when everything in `after` has ended. What a queue calls beside the steps is in `CALLS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.recordings.lifecycle import Cause
from shared.structs import Struct


class Queue(Struct, frozen=True, kw_only=True):
    """A Cloud Tasks queue. Attempts are unlimited there: they are counted in the run."""

    name: str
    max_concurrent: int
    max_per_s: int = 100
    min_backoff_s: float = 0.1
    max_backoff_s: float = 10
    max_doublings: int = 7


class StepSpec(Struct, frozen=True, kw_only=True):
    """A step: on which queue it waits, and how often it may be tried."""

    name: str
    queue: str
    max_attempts: int = 5

    @property
    def function(self) -> str:
        """The function that does this step."""
        return f"steps_{self.name}"


class Stage(Struct, frozen=True):
    """A step's place in a pipeline. An optional one may fail: the run is then `partial`, not failed."""

    step: StepSpec
    after: tuple[StepSpec, ...] = ()
    optional: bool = False


class Pipeline(Struct, frozen=True):
    """The steps of a run, and what its end is to the recording."""

    name: str
    stages: tuple[Stage, ...]
    temporary: tuple[
        StepSpec, ...
    ] = ()  #: what these steps stored goes when the run has ended; for a pin, the upload too
    done: Cause = Cause.RUN_DONE  #: what the end of a run is to its recording
    failure_is_final: bool = True  #: whether a recording has failed with its run; else a job tries again

    def stage(self, step: str) -> Stage:
        return next(stage for stage in self.stages if stage.step.name == step)


QUEUES: tuple[Queue, ...] = (
    Queue(name="light", max_concurrent=16),
    Queue(name="media", max_concurrent=4),
    Queue(name="browser", max_concurrent=2),
    Queue(name="transfer", max_concurrent=4, max_backoff_s=60),
    Queue(name="archive", max_concurrent=2, max_backoff_s=60),
    Queue(name="webhooks", max_concurrent=16, max_backoff_s=60),
)

#: The queue of every function that is called through one without being a step.
CALLS: Mapping[str, str] = {
    "tasks_deliver_webhook": "webhooks",
    "tasks_sync_recording": "light",
}

PIN_UPLOAD = StepSpec(name="pin_upload", queue="light")
REMUX_VIDEO = StepSpec(name="remux_video", queue="media")
PREVIEW_VIDEO = StepSpec(name="preview_video", queue="media", max_attempts=3)
SUMMARIZE_EVENTS = StepSpec(name="summarize_events", queue="light", max_attempts=3)
EXTRACT_FRAMES = StepSpec(name="extract_frames", queue="media", max_attempts=3)
SELECT_FRAMES = StepSpec(name="select_frames", queue="light")
READ_FRAMES = StepSpec(name="read_frames", queue="media", max_attempts=3)
INSPECT_PAGES = StepSpec(name="inspect_pages", queue="browser", max_attempts=3)
SYNTHESIZE_SESSION = StepSpec(name="synthesize_session", queue="light")
FINISH_CAPTURE = StepSpec(name="finish_capture", queue="light")
PUBLISH_VIDEO = StepSpec(name="publish_video", queue="light")
READ_SCREENS = StepSpec(name="read_screens", queue="media", max_attempts=3)
TRANSCRIBE_SPEECH = StepSpec(name="transcribe_speech", queue="media", max_attempts=3)
REFINE_TRANSCRIPT = StepSpec(name="refine_transcript", queue="media", max_attempts=3)
BUILD_TIMELINE = StepSpec(name="build_timeline", queue="light")
ANALYZE_EVIDENCE = StepSpec(name="analyze_evidence", queue="light")
IMPORT_RECORDING = StepSpec(name="import_recording", queue="transfer", max_attempts=10)
PROBE_RECORDING = StepSpec(name="probe_recording", queue="media", max_attempts=3)
ANNOUNCE_RECORDING = StepSpec(name="announce_recording", queue="light")
ARCHIVE_RECORDING = StepSpec(name="archive_recording", queue="archive", max_attempts=10)

PIPELINES: Mapping[str, Pipeline] = {
    pipeline.name: pipeline
    for pipeline in (
        Pipeline(
            "capture_with_video",
            (
                Stage(PIN_UPLOAD),
                Stage(SUMMARIZE_EVENTS, optional=True),
                Stage(REMUX_VIDEO, after=(PIN_UPLOAD,)),
                Stage(PREVIEW_VIDEO, after=(REMUX_VIDEO,), optional=True),
                Stage(FINISH_CAPTURE, after=(REMUX_VIDEO, PREVIEW_VIDEO, SUMMARIZE_EVENTS)),
            ),
        ),
        Pipeline(
            "session_from_video",
            (
                Stage(PIN_UPLOAD),
                Stage(INSPECT_PAGES),
                Stage(EXTRACT_FRAMES, after=(PIN_UPLOAD,)),
                Stage(SELECT_FRAMES, after=(EXTRACT_FRAMES,)),
                Stage(READ_FRAMES, after=(SELECT_FRAMES,)),
                Stage(SYNTHESIZE_SESSION, after=(READ_FRAMES, INSPECT_PAGES)),
            ),
            temporary=(PIN_UPLOAD, READ_FRAMES, INSPECT_PAGES),
        ),
        Pipeline(
            "feedback_intake",
            (
                Stage(PIN_UPLOAD),
                Stage(REMUX_VIDEO, after=(PIN_UPLOAD,)),
                Stage(PUBLISH_VIDEO, after=(REMUX_VIDEO,)),
            ),
        ),
        Pipeline(
            "feedback_analysis",
            (
                Stage(PIN_UPLOAD),
                Stage(REMUX_VIDEO, after=(PIN_UPLOAD,)),
                Stage(PUBLISH_VIDEO, after=(REMUX_VIDEO,)),
                Stage(EXTRACT_FRAMES, after=(PIN_UPLOAD,)),
                Stage(SELECT_FRAMES, after=(EXTRACT_FRAMES,)),
                Stage(READ_SCREENS, after=(SELECT_FRAMES,), optional=True),
                Stage(TRANSCRIBE_SPEECH, after=(PIN_UPLOAD,), optional=True),
                Stage(REFINE_TRANSCRIPT, after=(READ_SCREENS, TRANSCRIBE_SPEECH), optional=True),
                Stage(BUILD_TIMELINE, after=(PUBLISH_VIDEO, READ_SCREENS, REFINE_TRANSCRIPT)),
                Stage(ANALYZE_EVIDENCE, after=(BUILD_TIMELINE,)),
            ),
            temporary=(EXTRACT_FRAMES, READ_SCREENS, TRANSCRIBE_SPEECH, REFINE_TRANSCRIPT),
        ),
        Pipeline(
            "room_import",
            (
                Stage(IMPORT_RECORDING),
                Stage(PROBE_RECORDING, after=(IMPORT_RECORDING,), optional=True),
                Stage(ANNOUNCE_RECORDING, after=(PROBE_RECORDING,), optional=True),
            ),
            failure_is_final=False,
        ),
        Pipeline(
            "room_archive",
            (Stage(ARCHIVE_RECORDING),),
            done=Cause.ARCHIVED,
            failure_is_final=False,
        ),
        Pipeline(
            "capture_events_only",
            (
                Stage(SUMMARIZE_EVENTS, optional=True),
                Stage(FINISH_CAPTURE, after=(SUMMARIZE_EVENTS,)),
            ),
        ),
    )
}
