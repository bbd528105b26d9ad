"""Start the demo site, a server for webhooks and the local platform, and take recordings through it (`make demo`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from demo.receiver import serve as receiving
from demo.site.server import serve

SITE_URL, WEBHOOKS_URL = "FERNWAY_URL", "WEBHOOKS_URL"


def main() -> int:
    """Run the demo; returns its exit status."""
    site, receiver = serve(), receiving()
    host, hooks = (f"127.0.0.1:{server.server_port}" for server in (site, receiver))
    environment = {
        **os.environ,
        SITE_URL: f"http://{host}/",
        WEBHOOKS_URL: f"http://{hooks}",
        "PLAYHEAD_ALLOWED_HOSTS": json.dumps([host, hooks]),  # they are not on the public internet
    }
    platform = [sys.executable, "-m", "shared.cli", "up", "--", sys.executable, "-m", "demo.run"]
    try:
        return subprocess.call(platform, env=environment)
    finally:
        site.shutdown()
        receiver.shutdown()


if __name__ == "__main__":
    sys.exit(main())
