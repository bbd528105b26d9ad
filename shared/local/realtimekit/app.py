"""The server: the parts put together."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from shared.local.faults.asgi import FaultyApp
from shared.local.identity.keys import create_once
from shared.local.realtimekit.api import Api
from shared.local.realtimekit.calling import Call, endpoint
from shared.local.realtimekit.calls import Calls, Window
from shared.local.realtimekit.config import Config, DefaultMedia
from shared.local.realtimekit.control import Control
from shared.local.realtimekit.entities import Media
from shared.local.realtimekit.kit import Advancer, Kit
from shared.local.realtimekit.media import MediaServer
from shared.local.realtimekit.signing import WebhookKey
from shared.local.realtimekit.store import Store
from shared.local.realtimekit.webhooks import Courier
from shared.local.realtimekit.wire import Json, Links, Wire

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

_GENERATED_BYTES = 1_000_000


def build_app(config: Config, folder: Path, base_url: str, faults: "Faults | None" = None) -> ASGIApp:
    """Open what is kept in `folder`, start the background threads and return the app.

    With `faults` it must be served over `CuttableProtocol`.
    """
    links = Links(base_url, _url_secret(folder / "url_secret"), config.url_s)
    wire = Wire(links, _default_media(config.media))
    kit = Kit(Store(folder / "realtimekit.sqlite"), wire, step_s=config.step_s, empty_s=config.empty_s)
    calls = Calls(
        all_calls=Window(config.calls_per_5_min, 300), recording_calls=Window(config.recording_calls_per_50_s, 50)
    )
    key = WebhookKey(folder / "webhooks.pem")
    courier = Courier(kit, key, config.webhook_url, faults)
    Advancer(kit).start()
    courier.start()

    def show_key(_call: Call) -> Json:
        return {"success": True, "data": {"publicKey": key.public_pem}}

    provider = Router(
        [
            *Api(kit, wire, calls, config).routes(),
            Route("/.well-known/webhooks.json", endpoint(show_key)),
            Route("/media/{id}/{name}", MediaServer(kit, wire, links).answer),
        ]
    )
    return Starlette(
        routes=[
            Route("/healthz", endpoint(lambda _call: {"status": "ok"})),
            *Control(kit, wire, calls, courier, key).routes(),
            Mount("/", FaultyApp(provider, faults) if faults else provider),
        ]
    )


def _url_secret(path: Path) -> bytes:
    create_once(path, lambda: secrets.token_hex(32))
    return path.read_bytes()


def _default_media(chosen: DefaultMedia | None) -> Media:
    if chosen is None:
        return Media(_GENERATED_BYTES)
    return Media(Path(chosen.path).stat().st_size, chosen.path, chosen.duration_s)
