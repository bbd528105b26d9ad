"""The wire of what becomes of a recording: its video, its analysis, and the evidence that it rests on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from shared.evidence.timeline import Kind, Lane
from shared.feedback.api import CamelModel, FeedbackId

_LANE = "|".join(Lane)


def _lanes(text: str) -> str:
    if not set(text.split(",")) <= set(Lane):
        raise ValueError(f"must be of {', '.join(Lane)}, with commas between them")
    return text


class VideoUploaded(CamelModel):
    """The video that has arrived."""

    success: Literal[True] = True
    recording_id: FeedbackId
    video_artifact_id: str
    video_url: str = Field(description="Reads what was uploaded, for an hour.")


class VideoOut(CamelModel):
    """Where the video is, for a while."""

    video_url: str = Field(
        description="Reads the playable video, or what was uploaded before there is one; for an hour."
    )


class CitationOut(CamelModel):
    """A piece of evidence, and the words in it that bear a section out."""

    type: Kind
    timestamp: float = Field(description="Seconds of the video.")
    id: str = Field(description="Of the item of the timeline.")
    quote: str


class SectionOut(CamelModel):
    """A part of the recording; every sentence of its description rests on its citations."""

    title: str
    timestamp: float = Field(description="Where it begins, in seconds of the video.")
    description: str
    citations: list[CitationOut]


class AnalysisOut(CamelModel):
    """What happens in the recording, in the order of time."""

    sections: list[SectionOut]


class SummaryOut(CamelModel):
    """What the recording is about."""

    summary: str
    key_findings: list[str]


class TimelineQuery(CamelModel):
    """Which part of the timeline."""

    model_config = ConfigDict(populate_by_name=False)

    from_s: float | None = Field(None, alias="from", ge=0, description="Nothing that ended before this second.")
    to_s: float | None = Field(None, alias="to", ge=0, description="Nothing that began after this second.")
    lanes: (
        Annotated[
            str, AfterValidator(_lanes), WithJsonSchema({"type": "string", "pattern": rf"^({_LANE})(,({_LANE}))*$"})
        ]
        | None
    ) = Field(None, description="Only these lanes, with commas between them. Default: all.")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> TimelineQuery:
        if self.from_s is not None and self.to_s is not None and self.to_s < self.from_s:
            raise ValueError("to is before from")
        return self


class EvidenceOut(CamelModel):
    """One thing that happened."""

    id: str
    lane: Lane
    type: Kind
    timestamp: float = Field(description="Seconds of the video.")
    until: float = Field(description="`timestamp` where it has no length.")
    text: str
    facts: dict[str, str]


class ClockOut(CamelModel):
    """How the times of some lanes were brought onto the video's clock."""

    lanes: list[Lane]
    unit: str = Field(description="What the client wrote: `epoch_ms`, `epoch_s`, `ms` or `s`.")
    skew: float = Field(description="Seconds that were added.")
    reason: str


class TimelineOut(CamelModel):
    """All evidence on one clock, in the order of time."""

    duration: float
    clocks: list[ClockOut]
    left_out: dict[str, int] = Field(description="By lane: how many items were too many.")
    notes: list[str]
    items: list[EvidenceOut]


class WordOut(CamelModel):
    """One spoken word, in seconds of the video."""

    text: str
    start: float
    end: float
    probability: float


class TranscriptOut(CamelModel):
    """What was said."""

    text: str
    words: list[WordOut]
    language: str
    model: str = Field(description="Which model heard it.")
    note: str = Field(description="Why there are no words; empty where there are.")
