"""Read the entries of a client's log. Recorders name things differently: each member is looked for by all its names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from shared.feedback.client_log import Action, ConsoleLog, Metadata, Request, Target, Visit
from shared.feedback.members import (
    Members,
    as_text,
    items_of,
    members_of,
    number_of,
    one_line,
    pairs_of,
    text_of,
    time_of,
    written_out,
)

_TIMES = ("timestamp", "time", "ts", "at", "t", "timeStamp", "date")
#: A console call with more arguments than that is a dump.
_MOST_ARGUMENTS = 20
_MOST_HEADERS = 200
_MOST_VISITS = 1000


def read_metadata(metadata: Members) -> Metadata:
    """Read what the client said of the recording as a whole."""
    visits = (_read_visit(item) for item in items_of(metadata.get("visitedUrls"))[:_MOST_VISITS])
    starts = ("recordingStartedAt", "startedAt", "startTime", "started_at", "start_time", "createdAt")
    return Metadata(
        title=text_of(metadata, "title"),
        intent=text_of(metadata, "intent"),
        url=text_of(metadata, "url"),
        duration_s=max(number_of(metadata, "duration") or 0.0, 0.0),
        visits=tuple(visit for visit in visits if visit.url),
        started_at=time_of(metadata, *starts),
        video_started_at=time_of(metadata, "videoStartedAt", "videoStartTime", "video_started_at", "mediaStartedAt"),
    )


def read_action(action: Members) -> Action | None:
    """Read one action; one without a type and without a target says nothing."""
    target = _read_target(action, is_action=True)
    type_ = text_of(action, "type", "action", "kind", "event", "eventType")
    if not (type_ or target.is_known):
        return None
    typed = text_of(action, "value", "inputValue", "newValue", "data", "typedText")
    return Action(
        at=time_of(action, *_TIMES),
        type=type_,
        target=target,
        value=typed or target.value,
        key=text_of(action, "key", "keyName", "shortcut"),
        url=text_of(action, "url", "href", "pageUrl", "toUrl", "to"),
    )


def read_element(element: Members) -> Target | None:
    """Read one element of the page; one of which nothing is known is none."""
    target = _read_target(element, is_action=False)
    return target if target.is_known or target.text else None


def read_console_log(log: Members) -> ConsoleLog | None:
    """Read one line of the console; one without a text says nothing."""
    arguments = log.get("args") or log.get("arguments") or log.get("parameters")
    message = next((log[name] for name in ("message", "text", "msg", "content") if log.get(name)), None)
    text = _spoken(message) or " ".join(filter(None, map(_spoken, items_of(arguments)[:_MOST_ARGUMENTS])))
    stack = _read_stack(log.get("stack") or log.get("stackTrace") or log.get("trace"))
    if not (text or stack):
        return None
    return ConsoleLog(
        at=time_of(log, *_TIMES),
        level=text_of(log, "level", "severity", "method", "type").lower(),
        text=one_line(text),
        stack=stack,
        url=text_of(log, "url", "source", "location", "filename"),
    )


def read_request(entry: Members) -> Request | None:
    """Read one request, as fetch wrappers, resource timings and HAR write it; one without a URL says nothing."""
    request, response = members_of(entry.get("request")), members_of(entry.get("response"))
    url = text_of(entry, "url", "name", "requestUrl") or text_of(request, "url")
    if not url:
        return None
    status = number_of(entry, "status", "statusCode", "responseStatus", "response_status")
    status = number_of(response, "status", "statusCode") if status is None else status
    return Request(
        at=time_of(entry, "startTime", "startedDateTime", "startedAt", "timestamp", "ts", "at", "timeStamp", "date"),
        ended_at=time_of(entry, "endTime", "endedAt", "responseEnd", "completedAt"),
        method=(text_of(entry, "method", "requestMethod") or text_of(request, "method")).upper()[:20],
        url=url,
        status=int(status) if status is not None and 0 <= status < 1000 else None,
        duration_ms=number_of(entry, "duration", "durationMs", "duration_ms", "elapsed", "time"),
        error=_read_error(entry),
        headers=tuple(islice(_read_headers((entry, request, response)), _MOST_HEADERS)),
        sent=_first_written(entry, request, "requestBody", "postData", "body", "payload"),
        received=_first_written(entry, response, "responseBody", "responseText", "body", "content"),
    )


def _read_headers(places: tuple[Members, ...]) -> Iterator[tuple[str, str]]:
    for place in places:
        for name in ("headers", "requestHeaders", "responseHeaders"):
            yield from pairs_of(place.get(name))
        yield from (("cookie", f"{name}={value}") for name, value in pairs_of(place.get("cookies")))


def _read_visit(item: object) -> Visit:
    members = members_of(item)
    at = time_of(members, *_TIMES, "visitedAt")
    return Visit(url=as_text(item) or text_of(members, "url", "href"), at=at)


def _read_target(entry: Members, *, is_action: bool) -> Target:
    """What is said of an element, in the entry itself or in what it holds."""
    held = [members_of(entry.get(name)) for name in ("target", "element", "field", "node")]
    places = [entry, *held, *(members_of(place.get("attributes") or place.get("attrs")) for place in (entry, *held))]
    types = (text_of(place, "type") for place in (places[1:] if is_action else places))

    def first(*names: str) -> str:
        return next((text for place in places if (text := text_of(place, *names))), "")

    names = ("name", "id", "testId", "data-testid", "dataTestId", "fieldName")
    return Target(
        selector=first("selector", "cssSelector", "css", "xpath", "path") or as_text(entry.get("target")),
        input_type=(first("inputType", "fieldType") + " " + " ".join(filter(None, types))).strip().lower(),
        autocomplete=first("autocomplete", "autoComplete").lower(),
        names=tuple(dict.fromkeys(text for place in places for name in names if (text := text_of(place, name)))),
        label=first("label", "ariaLabel", "aria-label", "accessibleName", "placeholder", "title", "alt"),
        text=first("text", "innerText", "textContent", "targetText", "elementText"),
        value=next((text for place in places[1:] if (text := text_of(place, "value"))), "")
        if is_action
        else first("value"),
    )


def _spoken(argument: object) -> str:
    """One argument of a console call; of an error what it says."""
    members = members_of(argument)
    message = text_of(members, "message")
    if message:
        name = text_of(members, "name")
        return f"{name}: {message}" if name else message
    return written_out(argument)


def _read_stack(stack: object) -> str:
    if isinstance(stack, list):
        return one_line(" ".join(written_out(frame) for frame in stack[:_MOST_ARGUMENTS]))
    return as_text(stack) or written_out(members_of(stack).get("callFrames"))


def _read_error(entry: Members) -> str:
    if entry.get("failed") is True:
        return text_of(entry, "error", "errorText") or "failed"
    if isinstance(error := entry.get("error"), dict):
        return _spoken(error)
    return text_of(entry, "error", "errorText", "failure", "errorMessage")


def _first_written(entry: Members, part: Members, *names: str) -> str:
    """What a request or its response carried, wherever it is told."""
    return next(_written(entry, part, names), "")


def _written(entry: Members, part: Members, names: tuple[str, ...]) -> Iterator[str]:
    for members in (entry, part):
        for name in names:
            held = members.get(name)
            inner = members_of(held).get("text", held)  # HAR wraps it
            if text := written_out(inner):
                yield text
