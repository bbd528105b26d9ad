"""A small site on this machine for seed URLs: pages that tests write, at an address that the platform lists."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.media.inspected import Site

#: What a browser finds at `/`.
HOME = '<h1>Fernway</h1><label>Name <input></label><button>Buy</button><a href="/terms">Terms</a><img alt="A fern">'
HOME_COUNTS = {"buttons": 1, "inputs": 1, "links": 1, "headings": 1, "images": 1, "total": 5}


class DemoSite(Site):
    """Pages by path, by the address of this machine and a free port."""

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_port}"


@contextmanager
def serve_demo_site() -> Iterator[DemoSite]:
    """Run the site."""
    with DemoSite() as server:
        server.add("/", HOME)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()
