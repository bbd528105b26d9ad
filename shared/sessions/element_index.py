"""The timeline told by element instead of by time: when each was seen, what happened to it, where it is on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.evidence.aria import TEXT, Node
from shared.evidence.aria_diff import Change, Status
from shared.evidence.aria_yaml import describe
from shared.sessions.timeline import Moment
from shared.structs import Struct, field

_Key = tuple[str, str]


class ElementStory(Struct):
    """One element, known by role and name, through all moments."""

    role: str
    name: str
    first: int  #: number of the moment
    last: int
    events: list[str] = field(default_factory=list)
    live: Node | None = None  #: what has this name on a live page


def index_elements(moments: Sequence[Moment], live: Mapping[str, Node]) -> list[ElementStory]:
    """Tell each named element's story, in the order in which they were first seen.

    Plain text has one only if something happened to it; it is mostly content, and content is seldom in the code.
    """
    stories: dict[_Key, ElementStory] = {}
    for moment in moments:
        for node in moment.tree.walk():
            if node.name:
                story = stories.setdefault((node.role, node.name), ElementStory(node.role, node.name, moment.number, 0))
                story.last = moment.number
        for change in () if moment.is_new_screen else moment.changes:
            for (role, name), event in _events(change):
                if (role, name) in stories:
                    stories[role, name].events.append(f"{moment.number} {event}")
    for story in stories.values():
        story.live = live.get(story.name.casefold())
    return [story for story in stories.values() if story.role != TEXT or story.events]


def _events(change: Change) -> Iterator[tuple[_Key, str]]:
    if change.before is not None and change.after is not None:
        before, after = change.before, change.after
        yield (before.role, before.name), f"became {describe(after)}"
        if (before.role, before.name) != (after.role, after.name):
            yield (after.role, after.name), f"was {describe(before)}"
        return
    for tree in (change.before, change.after):
        for node in tree.walk() if tree else ():
            yield (node.role, node.name), "appeared" if change.status is Status.ADDED else "went"
