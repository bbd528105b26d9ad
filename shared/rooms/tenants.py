"""What a tenant wants of its rooms; only its own administrators see and change that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from shared.errors import Forbidden, InvalidRequest, NotFound
from shared.ports import UrlGuard
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.ports.sealing import Sealing
from shared.recordings.recording import Caller
from shared.rooms.domain import RoomStatus, Tenant, WebhookTarget
from shared.structs import replace

_WEBHOOK = "post_meeting_webhook"
#: So many rooms are marked in one transaction.
_ROOMS_AT_ONCE = 50


def find_config(id: str, *, by: Caller, rooms: Rooms) -> Tenant:
    """What the tenant wants; the defaults, while it has said nothing.

    Raises:
        NotFound: it is not the caller's tenant.
        Forbidden: the caller is no administrator.
    """
    _require_admin(id, by=by)
    return rooms.find_tenant(id) or Tenant(id=id)


def update_config(
    id: str,
    changes: Mapping[str, Any],
    *,
    by: Caller,
    rooms: Rooms,
    sealing: Sealing,
    guard: UrlGuard,
    now: datetime,
) -> Tenant:
    """Change what is sent, within the webhook too; a webhook of null is none.

    Whether meetings are recorded by themselves is told to the provider by the next sync, room by room.

    Raises:
        NotFound, Forbidden: as for `find_config`.
        InvalidRequest: a webhook whose URL is not allowed, or a first one without URL or secret.
    """
    _require_admin(id, by=by)
    webhook = _sealed(changes.get(_WEBHOOK), sealing=sealing, guard=guard)

    def attempt(transaction: RoomsTransaction) -> Tenant:
        tenant = transaction.tenant(id) or Tenant(id=id)
        target = _merged(tenant.post_meeting_webhook, webhook) if _WEBHOOK in changes else tenant.post_meeting_webhook
        changed = replace(tenant, **{**changes, _WEBHOOK: target})
        transaction.save(changed)
        return changed

    tenant = rooms.transact(attempt)
    if "auto_start_recording" in changes:  # even if it is not new: an earlier call may have got no further
        _sync_soon(id, rooms=rooms, now=now)
    return tenant


def _require_admin(id: str, *, by: Caller) -> None:
    if by.tenant_id != id:
        raise NotFound("tenant not found")
    if by.role != "admin":
        raise Forbidden


def _sealed(sent: Mapping[str, Any] | None, *, sealing: Sealing, guard: UrlGuard) -> Mapping[str, Any] | None:
    """What was sent of a webhook, by the names of its target."""
    if sent is None:
        return None
    if "url" in sent:
        _check_url(sent["url"], guard=guard)
    secret = {"sealed_secret": sealing.seal(sent["secret"])} if "secret" in sent else {}
    return {name: value for name, value in sent.items() if name != "secret"} | secret


def _merged(before: WebhookTarget | None, sent: Mapping[str, Any] | None) -> WebhookTarget | None:
    if sent is None:
        return None
    if before is not None:
        return replace(before, **sent)
    for name, field in (("url", "url"), ("sealed_secret", "secret")):
        if name not in sent:
            raise InvalidRequest.of(f"{_WEBHOOK}.{field}", "is required")
    return WebhookTarget(**sent)


def _check_url(url: str, *, guard: UrlGuard) -> None:
    guard.check(url)  # loopback passes only where the deployment lists it
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise InvalidRequest.of(f"{_WEBHOOK}.url", "must be https")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sync_soon(tenant_id: str, *, rooms: Rooms, now: datetime) -> None:
    after = ""
    while page := rooms.rooms_of(tenant_id, after=after, limit=_ROOMS_AT_ONCE):
        active = [room.id for room in page if room.status is RoomStatus.ACTIVE]
        rooms.transact(partial(_mark, active, now))
        after = page[-1].id


def _mark(ids: Sequence[str], now: datetime, transaction: RoomsTransaction) -> None:
    found = [transaction.room(id) for id in ids]
    transaction.save(*(replace(room, sync_at=now) for room in found if room is not None))
