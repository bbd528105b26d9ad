"""What a tenant wants of its rooms: who may say so, what is kept of it, and which webhooks are taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from shared.adapters.sealing import FernetSealing
from shared.errors import Forbidden, InvalidRequest, NotFound, PlayheadError
from shared.recordings.recording import Caller
from shared.rooms.domain import RoomStatus, Tenant, WebhookTarget
from shared.rooms.tenants import find_config, update_config
from shared.rooms.tenants_api import TenantConfig, TenantConfigChange
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.room_fakes import ADA, RoomWorld, room

URL, SECRET = "https://school.example/hooks", "whsec_0123456789"


@pytest.fixture
def world() -> RoomWorld:
    return RoomWorld()


def update(world: RoomWorld, *, by: Caller = ADA, id: str = "acme", **changes: Any) -> Tenant:
    return update_config(
        id,
        changes,
        by=by,
        rooms=world.rooms,
        sealing=world.sealing,
        guard=world.guard,
        now=world.clock.now(),
    )


class TestWhoMay:
    def test_a_tenant_that_has_said_nothing_has_the_defaults(self, world: RoomWorld) -> None:
        shown = TenantConfig.of(find_config("acme", by=ADA, rooms=world.rooms))

        assert shown.model_dump() == {
            "auto_start_recording": False,
            "recording_retention_days": 30,
            "max_recording_duration_minutes": 120,
            "post_meeting_webhook": None,
        }

    @pytest.mark.parametrize(
        ("caller", "failure"),
        [
            pytest.param(ANNA, Forbidden, id="member"),
            pytest.param(BERT, NotFound, id="stranger"),
            pytest.param(replace(BERT, role="admin"), NotFound, id="another tenant's administrator"),
        ],
    )
    def test_nobody_but_its_own_administrators(
        self, world: RoomWorld, caller: Caller, failure: type[Exception]
    ) -> None:
        with pytest.raises(failure):
            find_config("acme", by=caller, rooms=world.rooms)
        with pytest.raises(failure):
            update(world, by=caller, recording_retention_days=1)

        assert world.rooms.documents == {}


class TestChanging:
    def test_only_what_is_sent_changes(self, world: RoomWorld) -> None:
        update(world, recording_retention_days=90)

        changed = update(world, max_recording_duration_minutes=45)

        assert changed == Tenant(id="acme", recording_retention_days=90, max_recording_duration_minutes=45)
        assert world.rooms.find_tenant("acme") == changed

    def test_the_secret_of_a_webhook_is_kept_sealed_and_shown_to_nobody(self, world: RoomWorld) -> None:
        changed = update(world, post_meeting_webhook={"url": URL, "secret": SECRET})

        target = changed.post_meeting_webhook
        assert target is not None
        assert world.sealing.open(target.sealed_secret) == SECRET
        assert SECRET not in repr(world.rooms.documents)
        assert TenantConfig.of(changed).model_dump()["post_meeting_webhook"] == {
            "enabled": True,
            "url": URL,
            "include_recording": True,
            "include_transcript": False,
            "include_summary": False,
        }

    def test_a_webhook_is_merged_and_null_takes_it_away(self, world: RoomWorld) -> None:
        first = update(world, post_meeting_webhook={"url": URL, "secret": SECRET}).post_meeting_webhook
        assert isinstance(first, WebhookTarget)

        merged = update(world, post_meeting_webhook={"enabled": False}).post_meeting_webhook
        untouched = update(world, recording_retention_days=7).post_meeting_webhook
        gone = update(world, post_meeting_webhook=None).post_meeting_webhook

        assert merged == untouched == replace(first, enabled=False)
        assert gone is None

    @pytest.mark.parametrize(
        ("webhook", "field"), [({"url": URL}, "secret"), ({"secret": SECRET}, "url"), ({"enabled": True}, "url")]
    )
    def test_a_first_webhook_needs_an_address_and_a_secret(
        self, world: RoomWorld, webhook: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidRequest, match=rf"post_meeting_webhook\.{field}: is required"):
            update(world, post_meeting_webhook=webhook)

    @pytest.mark.parametrize("url", ["http://school.example/", "http://10.0.0.1/", "http://localhost.example/"])
    def test_a_webhook_is_https(self, world: RoomWorld, url: str) -> None:
        with pytest.raises(InvalidRequest, match="must be https"):
            update(world, post_meeting_webhook={"url": url, "secret": SECRET})

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://localhost:9000/", "http://[::1]:9000/"])
    def test_loopback_may_be_plain_where_the_deployment_lists_it(self, world: RoomWorld, url: str) -> None:
        target = update(world, post_meeting_webhook={"url": url, "secret": SECRET}).post_meeting_webhook

        assert target is not None
        assert target.url == url

    def test_a_webhook_to_a_private_address_is_refused(self, world: RoomWorld) -> None:
        world.guard.private.add("intranet")

        with pytest.raises(InvalidRequest, match="private"):
            update(world, post_meeting_webhook={"url": "https://intranet/hooks", "secret": SECRET})

        assert world.rooms.find_tenant("acme") is None

    def test_every_active_room_is_synced_soon_when_recording_by_itself_is_switched(self, world: RoomWorld) -> None:
        many = [room(id=f"room_aaaaaaaaaa{number:04d}") for number in range(120)]
        ended = room(id="room_bbbbbbbbbbbb0001", status=RoomStatus.ENDED)
        foreign = room(id="room_cccccccccccc0001", tenant_id=BERT.tenant_id)
        world.rooms.put(*many, ended, foreign)
        world.clock.advance(timedelta(minutes=1))

        update(world, auto_start_recording=True)

        marked = world.rooms.rooms_to_sync(world.clock.now(), limit=1000)
        assert sorted(one.id for one in marked) == [one.id for one in many]

    def test_other_changes_leave_the_rooms_alone(self, world: RoomWorld) -> None:
        world.rooms.put(room())

        update(world, recording_retention_days=7)

        assert world.room().sync_at is None


class TestOnTheWire:
    def test_null_is_as_if_it_were_not_sent_but_for_the_webhook(self) -> None:
        body = {"recording_retention_days": None, "auto_start_recording": True, "post_meeting_webhook": None}

        assert TenantConfigChange.model_validate(body).sent() == {
            "auto_start_recording": True,
            "post_meeting_webhook": None,
        }

    def test_of_a_webhook_too_only_what_is_sent_counts(self) -> None:
        body = {"post_meeting_webhook": {"enabled": False, "url": None}}

        assert TenantConfigChange.model_validate(body).sent() == {"post_meeting_webhook": {"enabled": False}}


class TestSealing:
    def test_what_was_sealed_can_be_opened_with_the_same_key_alone(self) -> None:
        sealing, other = (FernetSealing(Fernet.generate_key().decode()) for _ in range(2))

        sealed = sealing.seal(SECRET)

        assert SECRET not in sealed
        assert sealing.open(sealed) == SECRET
        with pytest.raises(PlayheadError, match="another PLAYHEAD_SEALING_KEY"):
            other.open(sealed)

    def test_the_same_secret_is_never_sealed_alike(self) -> None:
        sealing = FernetSealing(Fernet.generate_key().decode())

        assert sealing.seal(SECRET) != sealing.seal(SECRET)

    @pytest.mark.parametrize(("key", "problem"), [(None, "is not set"), ("short", "is not 32 bytes")])
    def test_a_deployment_without_a_key_names_the_setting(self, key: str | None, problem: str) -> None:
        with pytest.raises(PlayheadError, match=f"PLAYHEAD_SEALING_KEY {problem}"):
            FernetSealing(key).seal(SECRET)
