"""What became of a tree: the least that has to be said to turn one into the other.

diff(before, after)          what is kept, removed, added, and what is inside of what was touched
apply(diff, before) == after
summarise(diff)              in numbers
list_changes(diff)           one after the other, in words that a person can follow
mark(diff, before)           in the tree: the later one, with what is gone shown where it was
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from shared.evidence.aria import FRAGMENT, Node
from shared.evidence.aria_alignment import match_children
from shared.structs import Struct, replace


class DiffMismatch(ValueError):
    """The difference was not taken from this tree."""


class Status(StrEnum):
    """What happened to a node."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Kept(Struct, frozen=True):
    """The next `count` nodes are as they were, with all that is under them."""

    count: int


class Removed(Struct, frozen=True):
    """A node that is gone, with all under it."""

    node: Node


class Added(Struct, frozen=True):
    """A node that is new, with all under it."""

    node: Node


class Touched(Struct, frozen=True):
    """A node that is another now, or that has another under it; `before` and `after` are heads, without children."""

    before: Node
    after: Node
    steps: tuple[Step, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the node itself is another: its name, its attributes or its properties."""
        return self.before.fingerprint != self.after.fingerprint


Step = Kept | Removed | Added | Touched


class Diff(Struct, frozen=True):
    """The steps from one tree, as a list of one, to another."""

    steps: tuple[Step, ...]


class Summary(Struct, frozen=True):
    """How many nodes of each status `mark` shows."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def total(self) -> int:
        return self.added + self.changed + self.removed


class Change(Struct, frozen=True):
    """One thing that happened; an added or removed node stands for all that is under it."""

    status: Status
    path: tuple[Node, ...]  #: heads of the nodes around it as they are now, the outermost first
    before: Node | None  #: None when it was added
    after: Node | None  #: None when it was removed


class MarkedNode(Struct, frozen=True):
    """A node with what happened to it; None when nothing did."""

    node: Node
    children: tuple[MarkedNode, ...]
    status: Status | None = None


def diff(before: Node, after: Node) -> Diff:
    """Find what turns `before` into `after`. Equal trees have a difference without changes."""
    return Diff(_steps((before,), (after,)))


def apply(difference: Diff, before: Node) -> Node:
    """Make the later tree out of the earlier one.

    Raises:
        DiffMismatch: the difference was taken from another tree.
    """
    (after,) = _apply(difference.steps, (before,))
    return after


def summarise(difference: Diff) -> Summary:
    """Count the nodes that were added, changed and removed."""
    changes = list_changes(difference)
    return Summary(
        added=sum(change.after.size for change in changes if change.before is None and change.after is not None),
        changed=sum(change.status is Status.CHANGED for change in changes),
        removed=sum(change.before.size for change in changes if change.after is None and change.before is not None),
    )


def list_changes(difference: Diff) -> list[Change]:
    """List what happened in reading order."""
    return list(_changes(difference.steps, ()))


def mark(difference: Diff, before: Node) -> tuple[MarkedNode, ...]:
    """Show the later tree with what happened to each node, removed nodes where they were; a `fragment` is not shown.

    Raises:
        DiffMismatch: the difference was taken from another tree.
    """
    marked = _mark(difference.steps, (before,))
    return marked[0].children if len(marked) == 1 and marked[0].node.role == FRAGMENT else marked


def _steps(before: Sequence[Node], after: Sequence[Node]) -> tuple[Step, ...]:
    steps: list[Step] = []
    left = right = 0
    for i, j in match_children(before, after):
        steps += [Removed(node) for node in before[left:i]]
        steps += [Added(node) for node in after[right:j]]
        if before[i].fingerprint != after[j].fingerprint:
            steps.append(Touched(before[i].head, after[j].head, _steps(before[i].children, after[j].children)))
        elif steps and isinstance(steps[-1], Kept):
            steps[-1] = Kept(steps[-1].count + 1)
        else:
            steps.append(Kept(1))
        left, right = i + 1, j + 1
    steps += [Removed(node) for node in before[left:]]
    steps += [Added(node) for node in after[right:]]
    return tuple(steps)


def _apply(steps: Sequence[Step], nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    result: list[Node] = []
    for step, at_hand in _walk(steps, nodes):
        if isinstance(step, Kept):
            result += at_hand
        elif isinstance(step, Touched):
            result.append(replace(step.after, children=_apply(step.steps, at_hand[0].children)))
        elif isinstance(step, Added):
            result.append(step.node)
    return tuple(result)


def _mark(steps: Sequence[Step], nodes: tuple[Node, ...]) -> tuple[MarkedNode, ...]:
    marked: list[MarkedNode] = []
    for step, at_hand in _walk(steps, nodes):
        if isinstance(step, Kept):
            marked += [_mark_all(node, None) for node in at_hand]
        elif isinstance(step, Touched):
            status = Status.CHANGED if step.is_changed else None
            marked.append(MarkedNode(step.after, _mark(step.steps, at_hand[0].children), status))
        else:
            marked.append(_mark_all(step.node, Status.ADDED if isinstance(step, Added) else Status.REMOVED))
    return tuple(marked)


def _mark_all(node: Node, status: Status | None) -> MarkedNode:
    return MarkedNode(node.head, tuple(_mark_all(child, status) for child in node.children), status)


def _walk(steps: Sequence[Step], nodes: tuple[Node, ...]) -> Iterator[tuple[Step, tuple[Node, ...]]]:
    """Yield each step with the earlier nodes that it is about, and see to it that they are the right ones."""
    position = 0
    for step in steps:
        count = step.count if isinstance(step, Kept) else 0 if isinstance(step, Added) else 1
        at_hand = nodes[position : position + count]
        if len(at_hand) < count or not _fits(step, at_hand):
            raise DiffMismatch("the difference was taken from another tree")
        yield step, at_hand
        position += count
    if position < len(nodes):
        raise DiffMismatch("the difference was taken from a smaller tree")


def _fits(step: Step, at_hand: tuple[Node, ...]) -> bool:
    if isinstance(step, Removed):
        return at_hand[0].fingerprint == step.node.fingerprint
    if isinstance(step, Touched):
        return at_hand[0].head.fingerprint == step.before.fingerprint
    return True


def _changes(steps: Sequence[Step], path: tuple[Node, ...]) -> Iterator[Change]:
    for step in steps:
        if isinstance(step, Removed):
            yield Change(Status.REMOVED, path, step.node, None)
        elif isinstance(step, Added):
            yield Change(Status.ADDED, path, None, step.node)
        elif isinstance(step, Touched):
            if step.is_changed:
                yield Change(Status.CHANGED, path, step.before, step.after)
            yield from _changes(step.steps, (*path, step.after))
