from shared.edge.endpoint import endpoint
from shared.errors import Forbidden, NotFound
from shared.ports import Clock, UrlGuard
from shared.ports.rooms import Rooms
from shared.ports.sealing import Sealing
from shared.recordings.recording import Caller
from shared.rooms.api import Data
from shared.rooms.tenants import update_config
from shared.rooms.tenants_api import TenantConfig, TenantConfigChange


# Where `auto_start_recording` is sent, every room of the tenant is marked: 10,000 rooms take more than a minute.
@endpoint("PATCH /api/v1/tenants/{id}/config", raises=(NotFound, Forbidden), timeout_s=300)
def rooms_update_tenant_config(
    id: str, body: TenantConfigChange, caller: Caller, rooms: Rooms, sealing: Sealing, guard: UrlGuard, clock: Clock
) -> Data[TenantConfig]:
    """Change what is sent of what the tenant wants of its rooms; the webhook is merged as well."""
    tenant = update_config(id, body.sent(), by=caller, rooms=rooms, sealing=sealing, guard=guard, now=clock.now())
    return Data(data=TenantConfig.of(tenant))
