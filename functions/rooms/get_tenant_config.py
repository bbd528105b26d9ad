from shared.edge.endpoint import endpoint
from shared.errors import Forbidden, NotFound
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data
from shared.rooms.tenants import find_config
from shared.rooms.tenants_api import TenantConfig


@endpoint("GET /api/v1/tenants/{id}/config", raises=(NotFound, Forbidden))
def rooms_get_tenant_config(id: str, caller: Caller, rooms: Rooms) -> Data[TenantConfig]:
    """Return what the tenant wants of its rooms; only its administrators see that."""
    return Data(data=TenantConfig.of(find_config(id, by=caller, rooms=rooms)))
