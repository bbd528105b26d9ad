"""All evidence of a recording on one clock, without secrets.

context ─▶ clocks ─▶ happenings ─▶ caps ─▶ writing ─┐
screens ─▶ redaction ─▶ sights ─────────────────────┼─▶ timeline
transcript ─▶ redaction ────────────────────────────┘
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from shared.evidence.screens import Screens
from shared.evidence.timeline import Evidence, Lane, Timeline
from shared.evidence.transcript import Transcript
from shared.feedback.caps import MOST_OF_A_LANE, keep_most_telling
from shared.feedback.client_log import Context
from shared.feedback.clocks import TOLERANCE_S, describe_clocks, find_clocks, recorded_duration_s
from shared.feedback.happenings import Happening, Placement, list_happenings, list_stamps
from shared.feedback.redaction import brief_of, learn_secrets, redact_screens, redact_transcript
from shared.feedback.seen_and_heard import list_sights, tell_frames, tell_lines, tell_words
from shared.feedback.writing import MAX_TEXT_CHARS, EvidenceWriter
from shared.ports.analysts import Brief


class Built(NamedTuple):
    """What an analysis begins with; no secret is in any of it."""

    timeline: Timeline
    transcript: Transcript
    brief: Brief


def build_timeline(
    context: Context,
    *,
    screens: Screens,
    transcript: Transcript,
    video_duration_s: float,
    notes: Sequence[str] = (),
) -> Built:
    """Bring everything that a recording shows onto the video's clock, and take the secrets out of all of it.

    Without a video its duration is 0, and what the client says of its length counts. `notes` come before our own.
    """
    duration_s = round(video_duration_s or recorded_duration_s(context.metadata, video_duration_s), 3)
    secrets = learn_secrets(context, read=_texts_of(screens, transcript))
    screens, transcript = redact_screens(screens, secrets), redact_transcript(transcript, secrets)
    clocks = find_clocks(list_stamps(context), metadata=context.metadata, video_duration_s=video_duration_s)
    placement, writer = Placement(clocks, duration_s), EvidenceWriter(secrets, duration_s)
    left_out: Counter[Lane] = Counter()
    items = _write(list_happenings(context, placement), writer, left_out)
    sights = list_sights(screens, duration_s)
    items += tell_frames(sights)
    items += _keep(Lane.OCR, tell_lines(sights), duration_s, left_out)
    items += _keep(Lane.TRANSCRIPT, tell_words(transcript, duration_s), duration_s, left_out)
    timeline = Timeline(
        duration_s=duration_s,
        items=tuple(sorted(items, key=lambda item: (item.at_s, item.id))),
        clocks=describe_clocks(clocks),
        left_out={str(lane): count for lane, count in (+left_out).items()},
        notes=(*notes, *context.notes, *_notes(context, placement, left_out, writer.cut)),
    )
    return Built(timeline, transcript, brief_of(context, secrets))


def _texts_of(screens: Screens, transcript: Transcript) -> Iterator[str]:
    for screen in screens.screens:
        yield from (line.text for line in screen.lines)
    yield " ".join(word.text for word in transcript.words)


def _write(
    lanes: Mapping[Lane, Sequence[Happening]], writer: EvidenceWriter, left_out: Counter[Lane]
) -> list[Evidence]:
    """Write what is kept of each lane; numbers count what a cap cuts, too, so that ids stay when a cap changes."""
    items: list[Evidence] = []
    for lane, happenings in lanes.items():
        most = MOST_OF_A_LANE[lane]
        kept = keep_most_telling(happenings, most, writer.duration_s, rank_of=lambda one: one.rank)
        left_out[lane] += len(happenings) - len(kept)
        items += [writer.write(happening, number) for number, happening in kept]
    return items


def _keep(lane: Lane, items: Sequence[Evidence], duration_s: float, left_out: Counter[Lane]) -> list[Evidence]:
    kept = keep_most_telling(items, MOST_OF_A_LANE[lane], duration_s)
    left_out[lane] += len(items) - len(kept)
    return [item for _, item in kept]


def _notes(context: Context, placement: Placement, left_out: Counter[Lane], cut: int) -> Iterator[str]:
    for name, count in context.unread.items():
        yield f"Left out: {count:,} of the {name}, which could not be understood."
    for lane, count in placement.timeless.items():
        yield f"Left out: {count:,} of lane {lane}, which have no time that can be understood."
    for lane, count in placement.outside.items():
        yield f"Left out: {count:,} of lane {lane}, which were before the video or after it."
    for lane, count in (+placement.clamped).items():
        yield f"Moved to the first or last moment: {count:,} of lane {lane}, at most {TOLERANCE_S:.0f} s outside."
    for lane, count in (+left_out).items():
        yield f"Left out: {count:,} of lane {lane}, of which a timeline takes {MOST_OF_A_LANE[lane]:,}."
    if cut:
        yield f"Cut: {cut:,} texts, to at most {MAX_TEXT_CHARS} characters."
