"""What tests ask of the world: people who come and go, a provider that is slow, fails, forgets or repeats itself.

    GET   /_control/calls?meeting_id=…           the requests so far, by operation
    POST  /_control/meetings/{id}/join
    POST  /_control/meetings/{id}/leave          {"for_s": 60}: everybody left so long ago
    PATCH /_control/meetings/{id}                {"held_at": ["INVOKED"], "keeps_webhooks": true}
    GET   /_control/meetings/{id}/recordings     of every recording its API form
    GET   /_control/meetings/{id}/webhooks       id, recording_id, status, state, attempts, headers, body
    POST  /_control/recordings/{id}/advance      {"to": "UPLOADED"}, through every status on the way; also ERRORED
    PUT   /_control/recordings/{id}/media        {"path": …} or {"size_bytes": …}, {"duration_s": …}
    POST  /_control/recordings/{id}/age          {"by_s": 604800}: all that happened to it happened so much earlier
    POST  /_control/recordings/{id}/forget       it is not known any more
    POST  /_control/webhooks/{id}/deliver        now, again if it was before; {"status": …} of the answer
    POST  /_control/signatures                   the signature of the body, {"rtk-signature": …}
    POST  /_control/key                          sign with a new key from now on

A recording stays in the statuses of `held_at` until it is advanced. Webhooks that are kept are written down and not
sent: delivering them one by one makes them late, reordered, repeated or lost.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from starlette.routing import Route

from shared.local.realtimekit.calling import Call, Handler, endpoint
from shared.local.realtimekit.calls import Calls
from shared.local.realtimekit.entities import SECOND_US, Media, Meeting, Recording, Status, Webhook, now_us
from shared.local.realtimekit.errors import Invalid, KitError
from shared.local.realtimekit.kit import Kit
from shared.local.realtimekit.signing import WebhookKey
from shared.local.realtimekit.webhooks import Courier
from shared.local.realtimekit.wire import Json, Wire
from shared.local.tasks.delivery import DeadlineExceeded, Unreachable


class _NotDelivered(KitError):
    """Nobody answered."""

    status, code = 502, 1005


class _Hold(msgspec.Struct, forbid_unknown_fields=True):
    held_at: tuple[Status, ...] | msgspec.UnsetType = msgspec.UNSET
    keeps_webhooks: bool | msgspec.UnsetType = msgspec.UNSET


class _Leave(msgspec.Struct, forbid_unknown_fields=True):
    for_s: float = 0


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    to: Status


class _Media(msgspec.Struct, forbid_unknown_fields=True):
    path: str | None = None
    size_bytes: int | None = None
    duration_s: float | None = None


class _Age(msgspec.Struct, forbid_unknown_fields=True):
    by_s: float


class Control:
    """Answer the requests of tests."""

    def __init__(self, kit: Kit, wire: Wire, calls: Calls, courier: Courier, key: WebhookKey) -> None:
        self._kit = kit
        self._wire = wire
        self._calls = calls
        self._courier = courier
        self._key = key

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        return [
            _route("GET", "/calls", lambda call: self._calls.snapshot(call.query.get("meeting_id"))),
            _route("POST", "/meetings/{id}/join", lambda call: self._wire.meeting(self._kit.join(call.path["id"]))),
            _route("POST", "/meetings/{id}/leave", self._leave),
            _route("PATCH", "/meetings/{id}", self._hold),
            _route("GET", "/meetings/{id}/recordings", self._recordings),
            _route("GET", "/meetings/{id}/webhooks", self._webhooks),
            _route("POST", "/recordings/{id}/advance", self._advance),
            _route("PUT", "/recordings/{id}/media", self._set_media),
            _route("POST", "/recordings/{id}/age", self._age),
            _route("POST", "/recordings/{id}/forget", self._forget),
            _route("POST", "/webhooks/{id}/deliver", self._deliver),
            _route("POST", "/signatures", lambda call: {"rtk-signature": self._key.sign(call.body)}),
            _route("POST", "/key", self._replace_key),
        ]

    def _leave(self, call: Call) -> Json:
        since_us = now_us() - int(call.read(_Leave).for_s * SECOND_US)

        def empty(meeting: Meeting) -> Meeting:
            return msgspec.structs.replace(meeting, participants=0, session_id=None, empty_since_us=since_us)

        return self._wire.meeting(self._kit.change_meeting(call.path["id"], empty))

    def _hold(self, call: Call) -> Json:
        changes = msgspec.structs.asdict(call.read(_Hold))
        given = {name: value for name, value in changes.items() if value is not msgspec.UNSET}
        changed = self._kit.change_meeting(call.path["id"], lambda meeting: msgspec.structs.replace(meeting, **given))
        return self._wire.meeting(changed)

    def _recordings(self, call: Call) -> list[Json]:
        return [self._wire.recording(recording) for recording in self._kit.recordings(call.path["id"])]

    def _webhooks(self, call: Call) -> list[Json]:
        return [self._described(webhook) for webhook in self._kit.webhooks(call.path["id"])]

    def _described(self, webhook: Webhook) -> Json:
        return {
            "id": webhook.id,
            "recording_id": webhook.recording_id,
            "status": webhook.status,
            "state": webhook.state,
            "attempts": webhook.attempts,
            "headers": self._courier.headers(webhook),
            "body": webhook.body,
        }

    def _advance(self, call: Call) -> Json:
        return self._wire.recording(self._kit.advance(call.path["id"], call.read(_Advance).to))

    def _set_media(self, call: Call) -> Json:
        wanted = call.read(_Media)
        media = _media(wanted)
        return self._wire.recording(
            self._kit.change_recording(call.path["id"], lambda each: msgspec.structs.replace(each, media=media))
        )

    def _age(self, call: Call) -> Json:
        by_us = int(call.read(_Age).by_s * SECOND_US)

        def age(recording: Recording) -> Recording:
            names = ("invoked_us", "changed_us", "started_us", "stopped_us")
            times = {name: getattr(recording, name) for name in names}
            earlier = {name: time - by_us for name, time in times.items() if time is not None}
            return msgspec.structs.replace(recording, **earlier)

        return self._wire.recording(self._kit.change_recording(call.path["id"], age))

    def _forget(self, call: Call) -> Json:
        self._kit.forget(call.path["id"])
        return {}

    def _deliver(self, call: Call) -> Json:
        webhook = self._kit.webhook(call.path["id"])
        try:
            answer = self._courier.send(webhook)
        except (DeadlineExceeded, Unreachable) as error:
            raise _NotDelivered(str(error)) from error
        if answer.status < 300:
            self._courier.note(webhook, answer.status)
        return {"status": answer.status}

    def _replace_key(self, _call: Call) -> Json:
        self._key.replace()
        return {}


def _route(method: str, path: str, handler: Handler) -> Route:
    return Route(f"/_control{path}", endpoint(handler), methods=[method])


def _media(wanted: _Media) -> Media:
    if wanted.path is not None and wanted.size_bytes is None and Path(wanted.path).is_file():
        return Media(Path(wanted.path).stat().st_size, wanted.path, wanted.duration_s)
    if wanted.path is None and wanted.size_bytes is not None:
        return Media(wanted.size_bytes, duration_s=wanted.duration_s)
    raise Invalid("either the path of a file or size_bytes")
