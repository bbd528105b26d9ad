"""What a client wrote down while it recorded, as plain values.

Times are the client's own numbers: what they count, and from when, is for `clocks` to find out. Texts may hold secrets:
nothing of this leaves before `redaction` has seen it.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.structs import Struct, field


class Target(Struct, frozen=True, kw_only=True):
    """An element of a page, by whatever the client said of it."""

    selector: str = ""
    input_type: str = ""
    autocomplete: str = ""
    names: tuple[str, ...] = ()  #: name, id, test id
    label: str = ""
    text: str = ""
    value: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.selector or self.input_type or self.names or self.label)


class Action(Struct, frozen=True, kw_only=True):
    """What the person did, or what the recorder says of it."""

    at: float | None
    type: str
    target: Target
    value: str = ""  #: what is in the field now
    key: str = ""
    url: str = ""


class ConsoleLog(Struct, frozen=True, kw_only=True):
    """One line of the page's console."""

    at: float | None
    level: str  #: in lower case, as the client names it
    text: str
    stack: str = ""
    url: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """One request of the page, as the client saw it."""

    at: float | None
    ended_at: float | None = None  #: on the same clock as `at`
    method: str = ""
    url: str = ""
    status: int | None = None
    duration_ms: float | None = None
    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()  #: of the request and of the response
    sent: str = ""
    received: str = ""


class Visit(Struct, frozen=True, kw_only=True):
    """A page that was visited, and when, where the client says so."""

    url: str
    at: float | None = None


class Metadata(Struct, frozen=True, kw_only=True):
    """What the client says of the whole recording."""

    title: str = ""
    intent: str = ""
    url: str = ""
    duration_s: float = 0.0
    visits: tuple[Visit, ...] = ()
    started_at: float | None = None  #: when the recording began
    video_started_at: float | None = None  #: when its video did


class Context(Struct, frozen=True, kw_only=True):
    """Everything that a client sent besides the video."""

    metadata: Metadata = field(default_factory=Metadata)
    actions: tuple[Action, ...] = ()
    console_logs: tuple[ConsoleLog, ...] = ()
    requests: tuple[Request, ...] = ()
    elements: tuple[Target, ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)  #: by name: entries that nothing could be made of
    notes: tuple[str, ...] = ()  #: sentences for people
