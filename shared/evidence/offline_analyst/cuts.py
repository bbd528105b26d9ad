"""Where a recording falls into parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from shared.evidence.offline_analyst.observations import Observation, Topic

_SHORTEST_S = 4.0
_MOST_SECTIONS = 20
#: What somebody did so shortly before is taken for the cause: cause and effect stay in one section.
_CAUSE_WITHIN_S = 3.0
#: The lower, the more a new section is wanted there.
_WEIGHTS: Mapping[Topic, int] = {
    Topic.NAVIGATION: 0,
    Topic.CONSOLE_ERROR: 1,
    Topic.FAILED_REQUEST: 1,
    Topic.MESSAGE: 1,
    Topic.DIALOG: 2,
}
_PAUSE_WEIGHT = 3
_EFFECTS = frozenset({Topic.CONSOLE_ERROR, Topic.FAILED_REQUEST, Topic.MESSAGE, Topic.DIALOG})

Span = tuple[float, float]


def cut(observations: Sequence[Observation], duration_s: float) -> list[Span]:
    """Cut the recording into at most 20 spans of at least four seconds; a shorter recording is one span.

    A recording without speech, actions and errors is cut where its screen changes.
    """
    wanted = _wanted(observations) or [(0, one.at_s) for one in observations if one.topic is Topic.CHANGE]
    shortest_s = max(_SHORTEST_S, duration_s / _MOST_SECTIONS)
    borders = [0.0, duration_s]
    for _, at_s in sorted(wanted):
        place = bisect_right(borders, at_s)
        if 0 < place < len(borders) and borders[place - 1] + shortest_s <= at_s <= borders[place] - shortest_s:
            borders.insert(place, at_s)
    return list(pairwise(borders))


def _wanted(observations: Sequence[Observation]) -> list[tuple[int, float]]:
    """List where a cut is wanted, each place with its weight."""
    places: list[tuple[int, float]] = []
    acted_at_s = -_CAUSE_WITHIN_S
    for one in observations:
        if one.topic is Topic.ACTION:
            acted_at_s = one.at_s
        weight = _PAUSE_WEIGHT if one.follows_a_pause else _WEIGHTS.get(one.topic)
        if weight is not None:
            has_a_cause = one.topic in _EFFECTS and one.at_s - acted_at_s < _CAUSE_WITHIN_S
            places.append((weight, acted_at_s if has_a_cause else one.at_s))
    return places
