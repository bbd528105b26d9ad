"""Which child of one node is which child of another: the question under every difference of trees.

Short lists get the best answer, the heaviest common subsequence; it takes a table of n x m. Long ones are first cut
into short ones at children that are surely the same, so that no list takes longer than its length deserves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from shared.evidence.aria import Node

#: Positions in both lists, growing in both.
Matches = list[tuple[int, int]]
Key = Callable[[Node], Hashable]

#: The largest table that is filled: about 5 ms.
_MAX_CELLS = 10_000
#: What it is worth to pair two children: untouched, the same element, or an element that may have been renamed.
_SAME, _SAME_NAME, _SAME_ROLE = 8, 4, 1


def match_children(before: Sequence[Node], after: Sequence[Node]) -> Matches:
    """Pair each child with what it became, in order and each at most once; only equal roles are paired."""
    shortest = min(len(before), len(after))
    start = _equal_at_start(before, after, shortest)
    end = _equal_at_start(before[::-1], after[::-1], shortest - start)
    left, right = len(before) - end, len(after) - end
    middle = _match(before[start:left], after[start:right], (_fingerprint, _label, _role))
    return [
        *((i, i) for i in range(start)),
        *((start + i, start + j) for i, j in middle),
        *((left + i, right + i) for i in range(end)),
    ]


def _equal_at_start(before: Sequence[Node], after: Sequence[Node], at_most: int) -> int:
    for i in range(at_most):
        if before[i].fingerprint != after[i].fingerprint:
            return i
    return at_most


def _fingerprint(node: Node) -> Hashable:
    return node.fingerprint


def _label(node: Node) -> Hashable:
    return node.role, node.name


def _role(node: Node) -> Hashable:
    return node.role


def _match(before: Sequence[Node], after: Sequence[Node], keys: Sequence[Key]) -> Matches:
    """Match by the whole table when it is small, else around anchors: nodes of which one key after another is equal."""
    if len(before) * len(after) <= _MAX_CELLS:
        return _heaviest_subsequence(before, after)
    if not keys:
        return []
    anchors = _anchors([keys[0](node) for node in before], [keys[0](node) for node in after])
    matches: Matches = []
    left = right = 0
    for i, j in [*anchors, (len(before), len(after))]:
        gap = _match(before[left:i], after[right:j], keys[1:])
        matches += [(left + k, right + m) for k, m in gap]
        if i < len(before):
            matches.append((i, j))
        left, right = i + 1, j + 1
    return matches


def _anchors(before: Sequence[Hashable], after: Sequence[Hashable]) -> Matches:
    """Pair the k-th occurrence of a key with its k-th occurrence; keep the longest run of pairs that do not cross."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for j in reversed(range(len(after))):
        places[after[j]].append(j)
    pairs = [(i, places[key].pop()) for i, key in enumerate(before) if places.get(key)]
    return _longest_increasing(pairs)


def _longest_increasing(pairs: Matches) -> Matches:
    """Keep the longest subsequence whose second members grow (patience sorting)."""
    ends: list[int] = []  # the smallest last member of a run of each length
    last_pair: list[int] = []  # where that member is in `pairs`
    previous: list[int] = []
    for position, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        ends[length : length + 1] = [j]
        last_pair[length : length + 1] = [position]
        previous.append(last_pair[length - 1] if length else -1)
    kept: Matches = []
    position = last_pair[-1] if last_pair else -1
    while position >= 0:
        kept.append(pairs[position])
        position = previous[position]
    return kept[::-1]


def _heaviest_subsequence(before: Sequence[Node], after: Sequence[Node]) -> Matches:
    """Find the pairs, none crossing another, whose worth sums up to the most."""
    rows = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    worths = [[_worth(a, b) for b in after] for a in before]
    for i in reversed(range(len(before))):
        row, below, worth = rows[i], rows[i + 1], worths[i]
        for j in reversed(range(len(after))):
            best = below[j] if below[j] > row[j + 1] else row[j + 1]
            paired = below[j + 1] + worth[j]
            row[j] = paired if worth[j] and paired > best else best
    matches: Matches = []
    i = j = 0
    while i < len(before) and j < len(after):
        if worths[i][j] and rows[i][j] == rows[i + 1][j + 1] + worths[i][j]:
            matches.append((i, j))
            i, j = i + 1, j + 1
        elif rows[i][j] == rows[i + 1][j]:
            i += 1
        else:
            j += 1
    return matches


def _worth(before: Node, after: Node) -> int:
    if before.role != after.role:
        return 0
    if before.fingerprint == after.fingerprint:
        return _SAME
    return _SAME_NAME if before.name == after.name else _SAME_ROLE
