"""The API of the app, as Cloudflare publishes it."""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from starlette.routing import Route

from shared.local.realtimekit.calling import Call, Handler, endpoint
from shared.local.realtimekit.calls import Calls
from shared.local.realtimekit.config import Config
from shared.local.realtimekit.entities import SECOND_US, Meeting, Recording, now_us
from shared.local.realtimekit.errors import Invalid, Missing, Unauthenticated
from shared.local.realtimekit.kit import Action, Kit
from shared.local.realtimekit.wire import Json, Wire

PREFIX = "/client/v4/accounts/{account}/realtime/kit/{app}"
_MOST_PER_PAGE = 100


class _Meeting(msgspec.Struct):
    title: str | None = None
    record_on_start: bool | None = None


class _MeetingChanges(msgspec.Struct):
    title: str | msgspec.UnsetType = msgspec.UNSET
    record_on_start: bool | msgspec.UnsetType = msgspec.UNSET
    status: Literal["ACTIVE", "INACTIVE"] | msgspec.UnsetType = msgspec.UNSET


class _Start(msgspec.Struct):
    meeting_id: str
    max_seconds: Annotated[int, msgspec.Meta(ge=60, le=24 * 3600)] = 24 * 3600
    file_name_prefix: str | None = None
    allow_multiple_recordings: bool = False


class _Act(msgspec.Struct):
    action: Action


class _About(msgspec.Struct):
    meeting_id: str = ""


class Api:
    """Answer the requests of one app."""

    def __init__(self, kit: Kit, wire: Wire, calls: Calls, config: Config) -> None:
        self._kit = kit
        self._wire = wire
        self._calls = calls
        self._config = config

    def routes(self) -> Sequence[Route]:
        """Return every operation."""
        return [
            self._route("POST", "/meetings", "meetings.create", self._create_meeting),
            self._route("GET", "/meetings/{meeting}", "meetings.get", self._get_meeting),
            self._route("PATCH", "/meetings/{meeting}", "meetings.update", self._update_meeting),
            self._route("GET", "/recordings", "recordings.list", self._list_recordings),
            self._route("POST", "/recordings", "recordings.start", self._start_recording),
            self._route("GET", "/recordings/active-recording/{meeting}", "recordings.active", self._get_active),
            self._route("GET", "/recordings/{recording}", "recordings.get", self._get_recording),
            self._route("PUT", "/recordings/{recording}", "recordings.act", self._act),
        ]

    def _route(self, method: str, path: str, operation: str, handler: Handler) -> Route:
        def admit(call: Call) -> object:
            self._authenticate(call)
            self._calls.count(operation, self._meeting_of(call))
            return handler(call)

        return Route(PREFIX + path, endpoint(admit), methods=[method])

    def _authenticate(self, call: Call) -> None:
        expected = f"Bearer {self._config.api_token}"
        if not hmac.compare_digest(expected.encode(), call.headers.get("authorization", "").encode()):
            raise Unauthenticated("Authentication error")
        if (call.path["account"], call.path["app"]) != (self._config.account_id, self._config.app_id):
            raise Missing("the app does not exist")

    def _meeting_of(self, call: Call) -> str:
        """Return the meeting that a request is about, as far as that can be told."""
        if "meeting" in call.path:
            return call.path["meeting"]
        try:
            if "recording" in call.path:
                return self._kit.recording(call.path["recording"]).meeting_id
            return call.query.get("meeting_id") or call.read(_About).meeting_id
        except (Missing, Invalid):
            return ""

    def _create_meeting(self, call: Call) -> Json:
        wanted = call.read(_Meeting)
        meeting = self._kit.create_meeting(title=wanted.title, record_on_start=wanted.record_on_start or False)
        return _success(self._wire.meeting(meeting))

    def _get_meeting(self, call: Call) -> Json:
        return _success(self._wire.meeting(self._kit.meeting(call.path["meeting"])))

    def _update_meeting(self, call: Call) -> Json:
        wanted = msgspec.structs.asdict(call.read(_MeetingChanges))
        changes = {name: value for name, value in wanted.items() if value is not msgspec.UNSET}

        def change(meeting: Meeting) -> Meeting:
            return msgspec.structs.replace(meeting, **changes, updated_us=now_us())

        return _success(self._wire.meeting(self._kit.change_meeting(call.path["meeting"], change)))

    def _start_recording(self, call: Call) -> Json:
        wanted = call.read(_Start)
        recording = self._kit.start(
            wanted.meeting_id,
            max_seconds=wanted.max_seconds,
            prefix=wanted.file_name_prefix,
            may_be_second=wanted.allow_multiple_recordings,
        )
        return _success(self._wire.recording(recording))

    def _get_active(self, call: Call) -> Json:
        return _success(self._wire.recording(self._kit.active(call.path["meeting"])))

    def _get_recording(self, call: Call) -> Json:
        return _success(self._wire.recording(self._kit.recording(call.path["recording"])))

    def _act(self, call: Call) -> Json:
        action = call.read(_Act).action
        return _success(self._wire.recording(self._kit.act(call.path["recording"], action)))

    def _list_recordings(self, call: Call) -> Json:
        page_no, per_page = _number(call, "page_no", 1), min(_number(call, "per_page", 20), _MOST_PER_PAGE)
        found = [each for each in self._kit.recordings(call.query.get("meeting_id")) if _is_wanted(call)(each)]
        if call.query.get("sort_order", "DESC") != "ASC":
            found.reverse()
        start = (page_no - 1) * per_page
        page = found[start : start + per_page]
        paging = {"total_count": len(found), "start_offset": start + 1 if page else 0, "end_offset": start + len(page)}
        return {**_success([self._wire.recording(each) for each in page]), "paging": paging}


def _success(content: object) -> Json:
    return {"success": True, "data": content}


def _is_wanted(call: Call) -> Callable[[Recording], bool]:
    """Return the filter that the query asks for."""
    # Clients write arrays in either way.
    statuses = {*call.query.getlist("status"), *call.query.getlist("status[]")}
    start_us, end_us = _moment_us(call, "start_time"), _moment_us(call, "end_time")
    expired = call.query.get("expired")
    at_us = now_us()

    def is_wanted(recording: Recording) -> bool:
        return (
            (not statuses or recording.status in statuses)
            and (start_us is None or recording.invoked_us >= start_us)
            and (end_us is None or recording.invoked_us <= end_us)
            and (expired is None or recording.has_expired(at_us) == (expired == "true"))
        )

    return is_wanted


def _number(call: Call, name: str, default: int) -> int:
    try:
        number = int(float(call.query.get(name, default)))
    except ValueError as error:
        raise Invalid(f"{name} is no number") from error
    if number < 1:
        raise Invalid(f"{name} is less than 1")
    return number


def _moment_us(call: Call, name: str) -> int | None:
    if not (text := call.query.get(name)):
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp() * SECOND_US)
    except ValueError as error:
        raise Invalid(f"{name} is no time") from error
