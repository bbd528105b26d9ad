"""An analysis of a checkout that fails, with all the evidence that it rests on."""

from __future__ import annotations

from shared.evidence.analysis import Analysis, Citation, Section, Statement
from shared.evidence.timeline import Clock, Evidence, Kind, Lane, Timeline
from shared.evidence.transcript import Transcript, Word

WORDS = (
    Word(text="Now", start_s=4.1, end_s=4.4, probability=0.98),
    Word(text="I", start_s=4.4, end_s=4.5, probability=0.91),
    Word(text="pay.", start_s=4.5, end_s=5.2, probability=0.876543),
    Word(text="Nothing", start_s=7.0, end_s=7.5, probability=0.99),
    Word(text="happens.", start_s=7.5, end_s=8.1, probability=0.99),
)
TRANSCRIPT = Transcript(words=WORDS, language="en", model="tiny.en")


def _evidence(id: str, lane: Lane, kind: Kind, at_s: float, until_s: float, text: str, **facts: str) -> Evidence:
    return Evidence(id=id, lane=lane, kind=kind, at_s=at_s, until_s=until_s, text=text, facts=facts)


TIMELINE = Timeline(
    duration_s=12.3456,
    items=(
        _evidence("nav-1", Lane.NAVIGATION, Kind.NAVIGATION, 0, 0, "https://shop.example/cart"),
        _evidence("frm-1", Lane.FRAME, Kind.FRAME, 0, 5.25, "shows: Cart"),
        _evidence("ocr-1-1", Lane.OCR, Kind.OCR, 0, 5.25, "2 items", frame="frm-1"),
        *(
            _evidence(f"wrd-{number}", Lane.TRANSCRIPT, Kind.TRANSCRIPT, word.start_s, word.end_s, word.text)
            for number, word in enumerate(WORDS[:3], 1)
        ),
        _evidence("act-1", Lane.ACTION, Kind.ACTION, 5.0004, 5.0004, "click Pay", selector="#pay"),
        _evidence("net-1", Lane.NETWORK, Kind.NETWORK_ERROR, 5.1, 5.4, "POST /pay → 500 (300 ms)", status="500"),
        _evidence("con-1", Lane.CONSOLE, Kind.CONSOLE_ERROR, 5.5, 5.5, "TypeError: pay is not a function"),
        *(
            _evidence(f"wrd-{number}", Lane.TRANSCRIPT, Kind.TRANSCRIPT, word.start_s, word.end_s, word.text)
            for number, word in enumerate(WORDS[3:], 4)
        ),
    ),
    clocks=(Clock(lanes=(Lane.CONSOLE, Lane.NETWORK), unit="epoch_ms", skew_s=-0.25, reason="The video began later."),),
    left_out={Lane.CONSOLE: 3},
    notes=("Of the console, 3 lines are left out.",),
)

_CLICK = Citation(evidence_id="act-1", quote="click Pay")
_FAILURE = Citation(evidence_id="net-1", quote="→ 500")

ANALYSIS = Analysis(
    analyst="offline",
    sections=(
        Section(
            title="The cart",
            from_s=0,
            until_s=4,
            statements=(Statement(text="The cart is open.", citations=(Citation(evidence_id="frm-1", quote="Cart"),)),),
        ),
        Section(
            title="Paying fails",
            from_s=4.0,
            until_s=12.3456,
            statements=(
                Statement(text="The user pays.", citations=(_CLICK, Citation(evidence_id="wrd-2", quote="I pay"))),
                Statement(text="The server answers 500.", citations=(_CLICK, _FAILURE)),
            ),
        ),
    ),
    summary=(
        Statement(text="A purchase is tried.", citations=(_CLICK,)),
        Statement(text="It fails.", citations=(_FAILURE,)),
    ),
    key_findings=(
        Statement(text="POST /pay fails with 500.", citations=(_FAILURE,)),
        Statement(text="pay is not a function.", citations=(Citation(evidence_id="con-1", quote="TypeError"),)),
    ),
    notes=("Of the console, 3 lines are left out.",),
)
