"""The one timeline of a session: what changed from moment to moment, with the live pages where they were first seen."""

from __future__ import annotations

from collections.abc import Sequence

from shared.evidence.aria import TEXT, Node
from shared.evidence.aria_diff import Change, Summary, list_changes
from shared.evidence.aria_yaml import AriaFormatError, parse_tree
from shared.evidence.pages import PageSnapshot
from shared.sessions.frames import Frame
from shared.structs import Struct

#: What tells a reader where he is and what he can do.
KEY_ROLES = frozenset({"heading", "dialog", "menu", "textbox", "button", "link"})
#: A screen is new when less than this share of its elements was there before, as it was.
_FAMILIAR_SHARE = 1 / 3


class Moment(Struct, frozen=True, kw_only=True):
    """One frame as an entry of the timeline."""

    number: int  #: from 1
    frame_id: str
    at_ms: int
    url: str
    tree: Node
    summary: Summary
    changes: tuple[Change, ...]
    is_new_screen: bool
    page: PageSnapshot | None = None  #: what a browser found behind the URL, where the URL is first seen
    error: str | None = None

    @property
    def weight(self) -> int:
        """How much there is to tell: the nodes that changed, and those of a new screen."""
        return max(self.summary.total, self.tree.size) if self.is_new_screen else self.summary.total

    @property
    def key_elements(self) -> tuple[Node, ...]:
        """The elements to name: on a new screen those of `KEY_ROLES`, or its words; later those with a state."""
        elements = [node for node in self.tree.walk() if node is not self.tree and node.name]
        if not self.is_new_screen:
            return tuple(node for node in elements if node.attributes)
        return tuple(node for node in elements if node.role in KEY_ROLES or node.attributes) or tuple(elements)

    @property
    def found_live(self) -> tuple[Node, ...]:
        """The key elements whose names a browser found behind the URL, too."""
        live = live_elements([self.page]) if self.page is not None else {}
        return tuple(node for node in self.key_elements if node.name.casefold() in live)


def build_timeline(frames: Sequence[Frame], pages: Sequence[PageSnapshot]) -> tuple[Moment, ...]:
    """Tell each frame as a moment, in the order of time."""
    untold = {page.url: page for page in reversed(pages)}
    return tuple(
        Moment(
            number=number,
            frame_id=frame.id,
            at_ms=frame.timestamp_ms,
            url=frame.url,
            tree=frame.tree,
            summary=frame.summary,
            changes=tuple(list_changes(frame.difference)),
            is_new_screen=frame.error is None and (frame.before is frame.tree or _is_unfamiliar(frame)),
            page=untold.pop(frame.url, None),
            error=frame.error,
        )
        for number, frame in enumerate(frames, start=1)
    )


def live_elements(pages: Sequence[PageSnapshot]) -> dict[str, Node]:
    """Index what is on the live pages by its name in lower case; a page whose snapshot cannot be read has nothing."""
    found: dict[str, Node] = {}
    for page in pages:
        for node in _tree_of_page(page).walk():
            if node.name and node.role != TEXT:
                found.setdefault(node.name.casefold(), node)
    return found


def _tree_of_page(page: PageSnapshot) -> Node:
    try:
        return parse_tree(page.aria)
    except AriaFormatError:
        return Node("fragment")


def _is_unfamiliar(frame: Frame) -> bool:
    elements, summary = frame.tree.size - 1, frame.summary
    familiar = elements - summary.added - summary.changed
    return familiar < elements * _FAMILIAR_SHARE
