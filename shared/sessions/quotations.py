"""What the variants of the prompt quote: each piece of evidence, written once, ranked by how much it tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.evidence.aria import Node
from shared.evidence.aria_diff import Change, Status
from shared.evidence.aria_yaml import describe, render_tree
from shared.evidence.fencing import clean_line, clean_lines
from shared.evidence.pages import PageSnapshot
from shared.sessions.budget import REQUIRED, Evidence, Rank, Unit
from shared.sessions.prompt_input import PromptInput
from shared.sessions.timeline import Moment

#: Ranks of what may be left out, the most telling first.
COUNTS, TIMELINE, ELEMENTS, PAGE_TREE, SCREEN_TREE, RAW_DIFF = range(REQUIRED + 1, REQUIRED + 7)
#: How much of one entry is written out; the rest is counted.
_MAX_NAMED = 12
_MAX_CHANGES = 15
_MAX_NAME_CHARS = 120
_MAX_TITLE_CHARS = 500
_MAX_NOTES_CHARS = 2000
SIGNS = {Status.ADDED: "+", Status.CHANGED: "~", Status.REMOVED: "-"}


def clock(at_ms: int) -> str:
    """Write a time as minutes, seconds and tenths: 0:03.2."""
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 60}:{seconds % 60:02d}.{ms // 100}"


def quote_session(session: PromptInput) -> Evidence:
    """Quote title, URL and target."""
    lines = (
        f"title: {clean_line(session.title, _MAX_TITLE_CHARS)}",
        f"url: {session.seed_url or '(none)'}",
        f"target: {session.target}",
    )
    return Evidence("session", (Unit(lines, (REQUIRED,)),))


def quote_notes(session: PromptInput) -> Evidence:
    """Quote the notes, whole; without notes there is nothing to quote."""
    notes = session.notes.strip()
    cut = [] if len(notes) <= _MAX_NOTES_CHARS else [f"… (cut; {len(notes)} characters)"]
    lines = (*clean_lines(notes[:_MAX_NOTES_CHARS]), *cut)
    return Evidence("notes", (Unit(lines, (REQUIRED,)),) if notes else ())


def quote_counts(pages: Sequence[PageSnapshot]) -> Evidence:
    """Quote how many elements of each kind a browser found behind each URL."""
    units = (Unit((f"url: {page.url}", f"  {counts_of(page)}"), (COUNTS, place)) for place, page in enumerate(pages))
    return Evidence("page-counts", tuple(units))


def counts_of(page: PageSnapshot) -> str:
    """Write a page's counts, or why there are none."""
    if page.error is not None:
        return f"could not be opened: {page.error}"
    counts = page.counts
    return (
        f"buttons {counts.buttons}, inputs {counts.inputs}, links {counts.links}, headings {counts.headings}, "
        f"images {counts.images}, total {counts.total}"
    )


def tell_page(moment: Moment) -> str:
    """Write how much of a moment is on the live page, where the moment is the first with that page's URL."""
    if moment.page is None:
        return ""
    if moment.page.error is not None:
        return f"live page: could not be opened: {moment.page.error}"
    return f"live page: has {len(moment.found_live)} of these {len(moment.key_elements)} key elements by name"


def quote_page_trees(pages: Sequence[PageSnapshot]) -> list[Evidence]:
    """Quote the ARIA snapshot of each page that was opened, line by line from the top."""
    return [
        Evidence(
            "aria-snapshot",
            (
                Unit((f"# {page.url}",), (PAGE_TREE, place, -1)),
                *_ranked(clean_lines(page.aria.strip()), (PAGE_TREE, place)),
            ),
            "ARIA snapshot of the live page:",
        )
        for place, page in enumerate(pages)
        if page.is_loaded and page.aria
    ]


def quote_trees(moments: Iterable[Moment]) -> list[Evidence]:
    """Quote what each moment's picture shows, as a tree."""
    return [
        Evidence(
            f"screen-at-moment-{moment.number}",
            _ranked(render_tree(moment.tree).split("\n"), (SCREEN_TREE, -moment.weight, moment.number)),
            f"What the picture of moment {moment.number} shows, as a tree:",
        )
        for moment in moments
        if moment.tree.children
    ]


def quote_raw_diff(moments: Iterable[Moment]) -> Evidence:
    """Quote every node that was added, changed or removed, with the nodes around it."""
    lines = (f"{moment.number} {line}" for moment in moments for change in moment.changes for line in _raw(change))
    return Evidence(
        "raw-diff", _ranked(lines, (RAW_DIFF,)), "Every difference, node by node, with its moment's number:"
    )


def name_elements(nodes: Sequence[Node]) -> str:
    """Name elements on one line, the first ones; the others are counted."""
    more = [f"and {len(nodes) - _MAX_NAMED} more"] if len(nodes) > _MAX_NAMED else []
    return ", ".join([*(short(node) for node in nodes[:_MAX_NAMED]), *more])


def name_changes(changes: Sequence[Change], words: Mapping[Status, str] = SIGNS) -> list[str]:
    """Name the first changes, each with the word for what happened; the others are counted."""
    if not changes:
        return ["no element changed"]
    more = [f"and {len(changes) - _MAX_CHANGES} more changes"] if len(changes) > _MAX_CHANGES else []
    return [*(f"{words[change.status]} {write_change(change)}" for change in changes[:_MAX_CHANGES]), *more]


def write_change(change: Change) -> str:
    """Write what an element was and is, or one that came or went with the first of what it holds; and where it is."""
    where = f", in {short(change.path[-1])}" if len(change.path) > 1 else ""
    if change.before is not None and change.after is not None:
        return f"{short(change.before)} -> {short(change.after)}{where}"
    trees = [tree for tree in (change.before, change.after) if tree is not None]
    told = [f"{short(tree)} with {name_elements(tree.children)}" if tree.children else short(tree) for tree in trees]
    return "".join(told) + where


def short(node: Node) -> str:
    """Write one element, its name cut to what is needed to find it."""
    name = node.name if len(node.name) <= _MAX_NAME_CHARS else node.name[: _MAX_NAME_CHARS - 1] + "…"
    return describe(Node(node.role, name, attributes=node.attributes))


def _ranked(lines: Iterable[str], rank: Rank) -> tuple[Unit, ...]:
    return tuple(Unit((line,), (*rank, place)) for place, line in enumerate(lines))


def _raw(change: Change) -> Iterable[str]:
    path = " > ".join(short(node) for node in change.path[1:])
    where = f" in {path}" if path else ""
    if change.before is not None and change.after is not None:
        yield f"~ {describe(change.before)} -> {describe(change.after)}{where}"
        return
    for tree in (change.before, change.after):
        for node in tree.walk() if tree else ():
            yield f"{SIGNS[change.status]} {describe(node)}{where}"
