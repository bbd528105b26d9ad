"""What the client's log tells, placed on the video's clock: actions, navigations, console and network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.evidence.credential_patterns import REDACTED
from shared.evidence.timeline import Kind, Lane
from shared.feedback.client_log import Action, ConsoleLog, Context, Request
from shared.feedback.clocks import TOLERANCE_S, LaneClock
from shared.feedback.secret_fields import mark_secret_actions
from shared.structs import Struct, field, replace

_NAVIGATION = re.compile(
    r"(?:page_?)?(?:navigat\w*|load|visit|goto)|page_?view|(?:route|url|hash)_?change\w*|(?:push|replace|pop)_?state",
    re.IGNORECASE,
)
#: Actions that come by the hundred and say little.
_MOTION = re.compile(r"scroll|move|hover|enter|leave|over|out$|resize|focus|blur|up$|wheel")
_CONSOLE_ERROR = re.compile(r"error|assert|exception|fatal|critical|severe|uncaught|unhandled")
#: Two navigations to one page within this time are one, told by two sources.
_SAME_NAVIGATION_S = 1.0
_LONGEST_REQUEST_MS = 3_600_000.0
_MOST_TELLING, _TELLING, _PLAIN = range(3)


class Happening(Struct, frozen=True, kw_only=True):
    """One entry in its place; a navigation's source is its URL. Nothing is redacted yet but what was typed."""

    lane: Lane
    kind: Kind
    at_s: float
    source: Action | ConsoleLog | Request | str
    took_ms: float | None = None
    rank: int = _PLAIN  #: the lower, the more it tells


class Placement(Struct):
    """Finds the second of the video for each entry, and counts those that have none."""

    clocks: Mapping[Lane, LaneClock]
    duration_s: float
    timeless: Counter[Lane] = field(default_factory=Counter)
    outside: Counter[Lane] = field(default_factory=Counter)
    clamped: Counter[Lane] = field(default_factory=Counter)

    def place(self, lane: Lane, at: float | None) -> float | None:
        """Return where the entry belongs, or None: it has no time, or was before the video or after it.

        What is outside by no more than a few seconds was at its first or last moment.
        """
        clock = self.clocks.get(lane)
        at_s = None if at is None or clock is None else clock.to_video_s(at)
        if at_s is None:
            self.timeless[lane] += 1
            return None
        at_s = round(at_s, 3)
        within_s = min(max(at_s, 0.0), self.duration_s)
        if abs(at_s - within_s) > TOLERANCE_S:
            self.outside[lane] += 1
            return None
        self.clamped[lane] += at_s != within_s
        return within_s


def list_stamps(context: Context) -> dict[Lane, list[float]]:
    """Return the times of each lane as the client wrote them."""
    times: dict[Lane, Iterable[float | None]] = {
        Lane.ACTION: (action.at for action in context.actions),
        Lane.NAVIGATION: (visit.at for visit in context.metadata.visits),
        Lane.CONSOLE: (log.at for log in context.console_logs),
        Lane.NETWORK: (request.at for request in context.requests),
    }
    return {lane: [stamp for stamp in stamps if stamp is not None] for lane, stamps in times.items()}


def list_happenings(context: Context, placement: Placement) -> dict[Lane, list[Happening]]:
    """Return what can be placed, lane by lane and in the order of time."""
    actions = list(_place_actions(context, placement))
    lanes = {
        Lane.ACTION: [one for one in actions if one.lane is Lane.ACTION],
        Lane.NAVIGATION: [one for one in actions if one.lane is Lane.NAVIGATION],
        Lane.CONSOLE: list(_place_logs(context, placement)),
        Lane.NETWORK: list(_place_requests(context, placement)),
    }
    lanes[Lane.NAVIGATION] += _place_visits(context, placement)
    ordered = {lane: sorted(found, key=lambda one: one.at_s) for lane, found in lanes.items()}
    return {**ordered, Lane.NAVIGATION: list(_distinct(ordered[Lane.NAVIGATION]))}


def _place_actions(context: Context, placement: Placement) -> Iterator[Happening]:
    """Place actions, and for each that was on another page than the one before, that this page was opened."""
    page = _first_page(context)
    for action, is_secret in zip(context.actions, mark_secret_actions(context), strict=True):
        at_s = placement.place(Lane.ACTION, action.at)
        if at_s is None:
            continue
        is_navigation = _NAVIGATION.fullmatch(action.type) is not None and bool(action.url)
        if action.url and (is_navigation or action.url != page):
            page = action.url
            yield Happening(lane=Lane.NAVIGATION, kind=Kind.NAVIGATION, at_s=at_s, source=page)
        if not is_navigation:
            rank = _PLAIN if _MOTION.search(action.type.lower()) else _TELLING
            source = _conceal(action) if is_secret else action
            yield Happening(lane=Lane.ACTION, kind=Kind.ACTION, at_s=at_s, source=source, rank=rank)


def _conceal(action: Action) -> Action:
    """The action without what was typed; that a key was pressed which is no character is told."""
    return replace(
        action,
        value=REDACTED if action.value else "",
        key=REDACTED if len(action.key) == 1 else action.key,
        target=replace(action.target, text="", value=""),
    )


def _first_page(context: Context) -> str:
    visits = context.metadata.visits
    return visits[0].url if visits else context.metadata.url


def _place_visits(context: Context, placement: Placement) -> Iterator[Happening]:
    """Place the page that the recording began on, and the visits that have a time."""
    if first := _first_page(context):
        yield Happening(lane=Lane.NAVIGATION, kind=Kind.NAVIGATION, at_s=0.0, source=first)
    for visit in context.metadata.visits:
        at_s = None if visit.at is None else placement.place(Lane.NAVIGATION, visit.at)
        if at_s is not None:
            yield Happening(lane=Lane.NAVIGATION, kind=Kind.NAVIGATION, at_s=at_s, source=visit.url)


def _distinct(navigations: Sequence[Happening]) -> Iterator[Happening]:
    last: Happening | None = None
    for one in navigations:
        if last is None or one.source != last.source or one.at_s - last.at_s > _SAME_NAVIGATION_S:
            yield one
        last = one


def _place_logs(context: Context, placement: Placement) -> Iterator[Happening]:
    for log in context.console_logs:
        at_s = placement.place(Lane.CONSOLE, log.at)
        if at_s is not None:
            kind, rank = _kind_of(log)
            yield Happening(lane=Lane.CONSOLE, kind=kind, at_s=at_s, source=log, rank=rank)


def _kind_of(log: ConsoleLog) -> tuple[Kind, int]:
    if _CONSOLE_ERROR.search(log.level) or log.text.startswith("Uncaught "):
        return Kind.CONSOLE_ERROR, _MOST_TELLING
    if "warn" in log.level:
        return Kind.CONSOLE_WARNING, _TELLING
    return Kind.CONSOLE, _PLAIN


def _place_requests(context: Context, placement: Placement) -> Iterator[Happening]:
    for request in context.requests:
        at_s = placement.place(Lane.NETWORK, request.at)
        if at_s is None:
            continue
        is_error = bool(request.error) or (request.status is not None and not 0 < request.status < 400)
        yield Happening(
            lane=Lane.NETWORK,
            kind=Kind.NETWORK_ERROR if is_error else Kind.NETWORK,
            at_s=at_s,
            source=request,
            took_ms=_took_ms(request, placement.clocks[Lane.NETWORK]),
            rank=_MOST_TELLING if is_error else _PLAIN,
        )


def _took_ms(request: Request, clock: LaneClock) -> float | None:
    took_ms = request.duration_ms
    if took_ms is None and request.ended_at is not None and request.at is not None:
        took_ms = (clock.unit.to_s(request.ended_at) - clock.unit.to_s(request.at)) * 1000
    return took_ms if took_ms is not None and 0 <= took_ms <= _LONGEST_REQUEST_MS else None
