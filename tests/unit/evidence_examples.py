"""Timelines of recordings, written down piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from shared.evidence.timeline import Evidence, Kind, Lane, Timeline

_LANES: Mapping[Kind, Lane] = {
    Kind.CONSOLE_ERROR: Lane.CONSOLE,
    Kind.CONSOLE_WARNING: Lane.CONSOLE,
    Kind.NETWORK_ERROR: Lane.NETWORK,
}

CONSOLE_ERROR = "coupon failed: HTTP 500 coupon backend unavailable"
FAILED_REQUEST = "POST https://shop.test/api/coupon → 500 (234 ms)"
VALIDATION = "Please enter a valid email address"


def item(id: str, kind: Kind, at_s: float, text: str, until_s: float | None = None, frame: str = "") -> Evidence:
    """One piece of evidence; without an end it has no length."""
    return Evidence(
        id=id,
        lane=_LANES[kind] if kind in _LANES else Lane(kind.value),
        kind=kind,
        at_s=at_s,
        until_s=at_s if until_s is None else until_s,
        text=text,
        facts={"frame": frame} if frame else {},
    )


def words(text: str, at_s: float, *, first: int = 1, gap_s: float = 0.1) -> list[Evidence]:
    """Spoken words, each 0.3 s long."""
    starts = (at_s + number * (0.3 + gap_s) for number in range(len(text.split())))
    return [
        item(f"wrd-{number}", Kind.TRANSCRIPT, start, word, start + 0.3)
        for number, (word, start) in enumerate(zip(text.split(), starts, strict=True), first)
    ]


def screen(number: int, at_s: float, until_s: float, text: str, *lines: str) -> list[Evidence]:
    """A frame and the lines that are new on it."""
    frame = item(f"frm-{number}", Kind.FRAME, at_s, text, until_s)
    new = [
        item(f"ocr-{number}-{place}", Kind.OCR, at_s, line, until_s, frame.id) for place, line in enumerate(lines, 1)
    ]
    return [frame, *new]


def timeline(*items: Evidence | Iterable[Evidence], duration_s: float = 30.0, notes: tuple[str, ...] = ()) -> Timeline:
    """The pieces in the order of time."""
    flat = chain.from_iterable([one] if isinstance(one, Evidence) else one for one in items)
    return Timeline(duration_s=duration_s, items=tuple(sorted(flat, key=lambda one: (one.at_s, one.id))), notes=notes)


def a_visit() -> Timeline:
    """Somebody asks for a quote, mistypes the address, opens a dialog and is let down by a coupon."""
    return timeline(
        item("nav-1", Kind.NAVIGATION, 0.2, "https://shop.test/contact"),
        screen(1, 0.4, 8.0, "shows: Request a quote", "Request a quote", "Email address", "Send request"),
        words("Hello. I open the contact page to request a quote.", 0.8),
        item("con-1", Kind.CONSOLE, 1.0, "app started"),
        item("act-1", Kind.ACTION, 5.0, 'input "maria.example.com" into #email'),
        item("act-2", Kind.ACTION, 7.5, "click Send request"),
        screen(2, 8.0, 14.0, "appeared: Please enter a valid email address", VALIDATION),
        words("There is a validation error.", 9.0, first=11),
        item("nav-2", Kind.NAVIGATION, 14.0, "https://shop.test/pricing"),
        item("act-3", Kind.ACTION, 15.0, "click Choose Professional"),
        screen(3, 15.5, 20.0, "appeared: Confirm", "Confirm Professional plan", "It cannot be undone.", "Cancel"),
        item("net-1", Kind.NETWORK, 16.0, "GET https://shop.test/plans → 200 (12 ms)"),
        screen(4, 20.0, 25.0, "appeared: Plan changed to Professional", "Plan changed to Professional"),
        item("act-4", Kind.ACTION, 24.0, "click Apply coupon"),
        item("net-2", Kind.NETWORK_ERROR, 24.1, FAILED_REQUEST),
        item("con-2", Kind.CONSOLE_ERROR, 24.4, f"{CONSOLE_ERROR}\n    at onclick (cart:4:143)"),
        item("con-3", Kind.CONSOLE_WARNING, 26.0, "deprecated: total()"),
        notes=("The client's clock ran 0.2 s ahead.",),
    )
