"""A session's frames compared: each as a tree, and as what became of the tree before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from shared.evidence.aria import FRAGMENT, Node
from shared.evidence.aria_diff import Diff, MarkedNode, Summary, diff, mark, summarise
from shared.evidence.aria_tree import tree_of
from shared.evidence.elements import Element
from shared.structs import Struct


class Seen(Protocol):
    """A frame as it was kept."""

    @property
    def id(self) -> str: ...
    @property
    def timestamp_ms(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def elements(self) -> tuple[Element, ...]: ...
    @property
    def error(self) -> str | None: ...


class Frame(Struct, frozen=True, kw_only=True):
    """A frame with the tree of what it shows and of what was shown before; the first is compared with itself."""

    id: str
    timestamp_ms: int  #: presentation time
    url: str
    before: Node
    tree: Node
    difference: Diff
    error: str | None = None  #: why its elements could not be read; then nothing is known to have changed

    @property
    def summary(self) -> Summary:
        return summarise(self.difference)

    @property
    def marked(self) -> tuple[MarkedNode, ...]:
        """The tree with what happened to each node."""
        return mark(self.difference, self.before)


def compare_frames(seen: Iterable[Seen]) -> tuple[Frame, ...]:
    """Build each frame's tree and compare it with the last one that could be read.

    Args:
        seen: in the order of time.
    """
    frames: list[Frame] = []
    before: Node | None = None
    for one in seen:
        tree = tree_of(one.elements) if one.error is None else Node(FRAGMENT)
        earlier = tree if before is None or one.error is not None else before
        frames.append(
            Frame(
                id=one.id,
                timestamp_ms=one.timestamp_ms,
                url=one.url,
                before=earlier,
                tree=tree,
                difference=diff(earlier, tree),
                error=one.error,
            )
        )
        before = tree if one.error is None else before
    return tuple(frames)
