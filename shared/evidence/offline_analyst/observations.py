"""What somebody would point at in a recording: one observation for each piece of evidence that tells something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum

from shared.evidence.analysis import Citation
from shared.evidence.offline_analyst import screens
from shared.evidence.quoting import normalise, shorten
from shared.evidence.sentences import sentences_of
from shared.evidence.timeline import Evidence, Kind, Lane, Timeline
from shared.structs import Struct

_MAX_QUOTE_CHARS = 240


class Topic(IntEnum):
    """What an observation is of, the most telling first."""

    CONSOLE_ERROR = 0
    FAILED_REQUEST = 1
    MESSAGE = 2  #: the screen complains
    DIALOG = 3
    OUTCOME = 4  #: the screen says that something was done
    NAVIGATION = 5
    SPEECH = 6
    ACTION = 7
    WARNING = 8
    CHANGE = 9  #: of the screen
    OTHER = 10  #: what is told only where nothing else is


_TOPICS: Mapping[Kind, Topic] = {
    Kind.CONSOLE_ERROR: Topic.CONSOLE_ERROR,
    Kind.NETWORK_ERROR: Topic.FAILED_REQUEST,
    Kind.CONSOLE_WARNING: Topic.WARNING,
    Kind.NAVIGATION: Topic.NAVIGATION,
    Kind.ACTION: Topic.ACTION,
    Kind.FRAME: Topic.CHANGE,
}


class Observation(Struct, frozen=True, kw_only=True):
    """Something that a section may tell of, and where it stands."""

    topic: Topic
    at_s: float
    text: str  #: what the evidence says, on one line
    evidence_id: str
    follows_a_pause: bool = False  #: of speech

    @property
    def citation(self) -> Citation:
        return Citation(evidence_id=self.evidence_id, quote=shorten(self.text, _MAX_QUOTE_CHARS))

    @property
    def key(self) -> tuple[Topic, str]:
        """What is equal for two observations of the same thing."""
        return self.topic, normalise(self.text)


def observe(timeline: Timeline) -> list[Observation]:
    """List what there is to point at, in the order of time."""
    found = [*_spoken(timeline), *_shown(timeline), *_logged(timeline)]
    return sorted((one for one in found if normalise(one.text)), key=lambda one: (one.at_s, one.topic))


def _spoken(timeline: Timeline) -> Iterator[Observation]:
    for sentence in sentences_of(item for item in timeline.items if item.lane is Lane.TRANSCRIPT):
        yield Observation(
            topic=Topic.SPEECH,
            at_s=sentence.at_s,
            text=sentence.text,
            evidence_id=sentence.words[0].id,
            follows_a_pause=sentence.follows_a_pause,
        )


def _shown(timeline: Timeline) -> Iterator[Observation]:
    """Tell what the new lines of each frame say; where they say nothing by themselves, the frame is told.

    A frame without a new line is a picture that moved, or something that has gone.
    """
    lines: defaultdict[str, list[Evidence]] = defaultdict(list)
    frames = [item for item in timeline.items if item.lane is Lane.FRAME]
    for item in timeline.items:
        if item.lane is Lane.OCR:
            lines[item.facts.get("frame", "")].append(item)
    first = frames[0].id if frames else ""
    told: set[str] = set()
    for frame, new_lines in lines.items():
        for observation in _read(new_lines, is_first=frame == first):
            told.add(frame)
            yield observation
    untold = (frame for frame in frames if frame.id not in told)
    yield from (_of(frame, Topic.CHANGE if frame.id in lines else Topic.OTHER) for frame in untold)


def _read(lines: Sequence[Evidence], *, is_first: bool) -> Iterator[Observation]:
    ordered = sorted(lines, key=screens.reading_order)
    is_new_screen = is_first or len(ordered) > screens.MOST_LINES_OF_A_CHANGE
    dialog = None if is_new_screen else screens.dialog_among(ordered)
    for line in ordered:
        # In a dialog advice is its text: this cannot be undone.
        if screens.complains(line.text, alarms_only=is_new_screen or dialog is not None):
            yield _of(line, Topic.MESSAGE)
        elif line is dialog:
            yield _of(line, Topic.DIALOG)
        elif dialog is None and not is_first and screens.tells_an_outcome(line.text):
            yield _of(line, Topic.OUTCOME)


def _logged(timeline: Timeline) -> Iterator[Observation]:
    """Tell everything that is neither spoken nor seen."""
    for item in timeline.items:
        if item.lane not in (Lane.TRANSCRIPT, Lane.OCR, Lane.FRAME):
            yield _of(item, _TOPICS.get(item.kind, Topic.OTHER))


def _of(item: Evidence, topic: Topic) -> Observation:
    """Take what an item says first: the rest of an error is its stack."""
    head = item.text.strip().partition("\n")[0]
    return Observation(topic=topic, at_s=item.at_s, text=" ".join(head.split()), evidence_id=item.id)
