"""What tests ask of the local RealtimeKit: to hold recordings where they are, and what it was asked."""

from __future__ import annotations

from typing import Any

import requests

from shared.ports.rooms import Rooms
from shared.settings import settings
from shared.wiring import wired

TIMEOUT_S = 10


def control(method: str, path: str, **more: Any) -> Any:
    """Ask for something that only tests ask for; the answer, if there is one."""
    base = str(settings().cloudflare_url).removesuffix("/client/v4")
    answer = requests.request(method, f"{base}/_control{path}", timeout=TIMEOUT_S, **more)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def meeting_of(room_id: str) -> str:
    """The meeting of a room, which the API does not tell."""
    room = wired(Rooms).find_room(room_id)
    assert room is not None
    meeting_id: str = room.meeting_id
    return meeting_id


def hold(room_id: str, *statuses: str) -> None:
    """Let recordings of the room's meeting stay in these statuses, and let no webhook tell of them."""
    change = {"held_at": list(statuses), "keeps_webhooks": True}
    control("PATCH", f"/meetings/{meeting_of(room_id)}", json=change)


def asked(room_id: str) -> dict[str, int]:
    """What was asked about the room's meeting, by operation."""
    counts: dict[str, int] = control("GET", "/calls", params={"meeting_id": meeting_of(room_id)})
    return counts
