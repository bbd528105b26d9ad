"""What happened in a page, in short, read off the events of the rrweb recorder.

One pass, in bounded memory: lists stop at their cap while their counts go on. Typed text is never kept; it is
looked at only to tell whether the recorder had masked it. Event shapes: `eventType`, `IncrementalSource` and
`MouseInteractions` of `@rrweb/types` 2, and the payload of `rrweb/console@1`.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Mapping

from shared.structs import Struct

MAX_PAGES = 200
MAX_CLICKS = 200
MAX_ERRORS = 100
MAX_MESSAGE_CHARS = 500
_MAX_URL_CHARS = 2000
_MAX_TITLE_CHARS = 300
_MAX_ARGUMENTS = 20
_MAX_ARGUMENT_CHARS = 4 * MAX_MESSAGE_CHARS
# The title is in the head, and the head comes first.
_MAX_NODES_TO_TITLE = 5000

_TYPE_NAMES = ("dom_content_loaded", "load", "full_snapshot", "incremental", "meta", "custom", "plugin")
_FULL_SNAPSHOT, _INCREMENTAL, _META, _PLUGIN = 2, 3, 4, 6
_MOUSE_INTERACTION, _SCROLL, _INPUT = 2, 3, 5
_CLICK = 2
_ERROR_LEVELS = frozenset({"error", "warn"})


class Page(Struct, frozen=True):
    """A document that was loaded; `title` is None until its first snapshot shows one."""

    url: str
    title: str | None
    at_ms: int


class Click(Struct, frozen=True):
    """A click on the node of that rrweb id, in pixels of the viewport."""

    at_ms: int
    node_id: int
    x: int | None
    y: int | None


class ConsoleError(Struct, frozen=True):
    """A message of level `error` or `warn`, cut to `MAX_MESSAGE_CHARS`."""

    at_ms: int
    level: str
    message: str


class EventSummary(Struct, frozen=True):
    """Times are from the first event. `pages`, `clicks` and `errors` are the first ones; counts are of all.

    `unknown_count` counts what is no rrweb event that we know; `counts_by_type` the others.
    """

    event_count: int
    unknown_count: int
    duration_ms: int
    counts_by_type: dict[str, int]
    page_count: int
    pages: tuple[Page, ...]
    click_count: int
    clicks: tuple[Click, ...]
    input_count: int
    masked_input_count: int
    scroll_count: int
    error_count: int
    errors: tuple[ConsoleError, ...]


def summarize(events: Iterable[Mapping[str, object]]) -> EventSummary:
    """Read the events of one recording once, in order, and return what happened.

    Malformed and unknown events are counted, never raised. Memory does not grow with the number of events.
    """
    summary = _Summarizer()
    for event in events:
        summary.add(event)
    return summary.result()


class _Summarizer:
    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first_ms: float | None = None
        self._last_ms = 0.0
        self._pages: list[Page] = []
        self._current_url: str | None = None
        self._clicks: list[Click] = []
        self._errors: list[ConsoleError] = []

    def add(self, event: Mapping[str, object]) -> None:
        self._counts["event"] += 1
        kind, timestamp_ms, content = _parts(event)
        if kind is None or timestamp_ms is None or content is None:
            self._counts["unknown"] += 1
            return
        self._counts[_TYPE_NAMES[kind]] += 1
        if self._first_ms is None:
            self._first_ms = self._last_ms = timestamp_ms
        self._last_ms = max(self._last_ms, timestamp_ms)
        at_ms = max(round(timestamp_ms - self._first_ms), 0)
        if kind == _META:
            self._add_page(content, at_ms)
        elif kind == _FULL_SNAPSHOT:
            self._add_title(content)
        elif kind == _INCREMENTAL:
            self._add_action(content, at_ms)
        elif kind == _PLUGIN:
            self._add_console(content, at_ms)

    def result(self) -> EventSummary:
        counts = self._counts
        return EventSummary(
            event_count=counts["event"],
            unknown_count=counts["unknown"],
            duration_ms=round(self._last_ms - (self._first_ms or 0.0)),
            counts_by_type={name: counts[name] for name in _TYPE_NAMES if counts[name]},
            page_count=counts["page"],
            pages=tuple(self._pages),
            click_count=counts["click"],
            clicks=tuple(self._clicks),
            input_count=counts["input"],
            masked_input_count=counts["masked_input"],
            scroll_count=counts["scroll"],
            error_count=counts["error"],
            errors=tuple(self._errors),
        )

    def _add_page(self, content: Mapping[str, object], at_ms: int) -> None:
        url = content.get("href")
        # The recorder repeats the address at every checkpoint of the same page.
        if not isinstance(url, str) or url == self._current_url:
            return
        self._current_url = url
        self._counts["page"] += 1
        if len(self._pages) < MAX_PAGES:
            self._pages.append(Page(url[:_MAX_URL_CHARS], None, at_ms))

    def _add_title(self, content: Mapping[str, object]) -> None:
        is_listed = self._pages and self._counts["page"] == len(self._pages)
        if is_listed and self._pages[-1].title is None and (title := _find_title(content.get("node"))):
            page = self._pages[-1]
            self._pages[-1] = Page(page.url, title, page.at_ms)

    def _add_action(self, content: Mapping[str, object], at_ms: int) -> None:
        source = content.get("source")
        if source == _MOUSE_INTERACTION and content.get("type") == _CLICK:
            self._add_click(content, at_ms)
        elif source == _INPUT:
            self._counts["input"] += 1
            text = content.get("text")
            self._counts["masked_input"] += isinstance(text, str) and bool(text) and not text.strip("*")
        elif source == _SCROLL:
            self._counts["scroll"] += 1

    def _add_click(self, content: Mapping[str, object], at_ms: int) -> None:
        self._counts["click"] += 1
        node_id = content.get("id")
        if len(self._clicks) < MAX_CLICKS and isinstance(node_id, int):
            click = Click(at_ms, node_id, _pixels(content.get("x")), _pixels(content.get("y")))
            self._clicks.append(click)

    def _add_console(self, content: Mapping[str, object], at_ms: int) -> None:
        payload = content.get("payload")
        if content.get("plugin") != "rrweb/console@1" or not isinstance(payload, Mapping):
            return
        level = payload.get("level")
        if not isinstance(level, str) or level not in _ERROR_LEVELS:
            return
        self._counts["error"] += 1
        if len(self._errors) < MAX_ERRORS:
            self._errors.append(ConsoleError(at_ms, level, _message(payload.get("payload"))))


def _parts(event: object) -> tuple[int | None, float | None, Mapping[str, object] | None]:
    """Return type, timestamp and content, each None where it is not what rrweb writes."""
    if not isinstance(event, Mapping):
        return None, None, None
    kind, content = _finite(event.get("type")), event.get("data")
    return (
        int(kind) if kind is not None and kind in range(len(_TYPE_NAMES)) else None,
        _finite(event.get("timestamp")),
        content if isinstance(content, Mapping) else None,
    )


def _finite(number: object) -> float | None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return float(number) if abs(number) < 1e15 else None


def _pixels(number: object) -> int | None:
    finite = _finite(number)
    return None if finite is None else round(finite)


def _find_title(node: object) -> str | None:
    """Return the text of the first `title` element of a snapshot, reading from the top."""
    waiting: deque[object] = deque([node])
    for _ in range(_MAX_NODES_TO_TITLE):
        if not waiting:
            return None
        element = waiting.popleft()
        if not isinstance(element, Mapping):
            continue
        children = element.get("childNodes")
        children = children if isinstance(children, list) else []
        if element.get("tagName") == "title":
            texts = [child.get("textContent") for child in children if isinstance(child, Mapping)]
            return "".join(text for text in texts if isinstance(text, str))[:_MAX_TITLE_CHARS] or None
        waiting.extendleft(reversed(children[:_MAX_NODES_TO_TITLE]))
    return None


def _message(arguments: object) -> str:
    """Join the arguments of a console call, which the plugin has turned to JSON one by one."""
    if not isinstance(arguments, list):
        return ""
    return " ".join(_argument(argument) for argument in arguments[:_MAX_ARGUMENTS])[:MAX_MESSAGE_CHARS]


def _argument(argument: object) -> str:
    if not isinstance(argument, str):
        return ""
    is_text = argument.startswith('"') and len(argument) <= _MAX_ARGUMENT_CHARS
    try:
        return str(json.loads(argument)) if is_text else argument[:_MAX_ARGUMENT_CHARS]
    except ValueError:
        return argument
