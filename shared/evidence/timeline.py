"""Everything that a recording shows, on one clock: seconds from the first picture of the video."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from shared.structs import Struct, field


class Lane(StrEnum):
    """Where a piece of evidence comes from."""

    ACTION = "action"  #: what the person did
    NAVIGATION = "navigation"  #: which page was opened
    CONSOLE = "console"  #: what the page logged
    NETWORK = "network"  #: what the page requested
    FRAME = "frame"  #: a settled state of the screen, and what changed on it
    OCR = "ocr"  #: a line of text on a frame
    TRANSCRIPT = "transcript"  #: a word that was spoken


class Kind(StrEnum):
    """What a piece of evidence is; a citation's type on the wire. The first two lanes' own names, and these."""

    CONSOLE = "console"
    CONSOLE_WARNING = "console_warning"
    CONSOLE_ERROR = "console_error"
    NETWORK = "network"
    NETWORK_ERROR = "network_error"
    ACTION = "action"
    NAVIGATION = "navigation"
    FRAME = "frame"
    OCR = "ocr"
    TRANSCRIPT = "transcript"


class Evidence(Struct, frozen=True, kw_only=True):
    """One thing that happened. No secret is in it: what makes it has redacted it."""

    id: str  #: stable for the same recording, such as `con-3`
    lane: Lane
    kind: Kind
    at_s: float
    until_s: float  #: `at_s` where it has no length
    text: str  #: what is quoted
    facts: Mapping[str, str] = field(default_factory=dict)  #: such as `selector`, `status`, `method`, `frame`


class Clock(Struct, frozen=True, kw_only=True):
    """How the times of some lanes were brought onto the video's clock."""

    lanes: tuple[Lane, ...]
    unit: str  #: `epoch_ms`, `epoch_s`, `ms` or `s`: what the client wrote
    skew_s: float  #: what was added after the conversion to seconds from the recording's start
    reason: str  #: a sentence for people


class Timeline(Struct, frozen=True, kw_only=True):
    """All evidence of a recording, in the order of time and then of ids."""

    duration_s: float
    items: tuple[Evidence, ...] = ()
    clocks: tuple[Clock, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)  #: by lane: how many items a cap has cut
    notes: tuple[str, ...] = ()  #: sentences for people, such as why nothing was heard
