"""Start the demo site and the local platform, and take a recording of the one through the other (`make demo`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from demo.site.server import serve

SITE_URL = "FERNWAY_URL"


def main() -> int:
    """Run the demo; returns its exit status."""
    site = serve()
    host = f"127.0.0.1:{site.server_port}"
    environment = {
        **os.environ,
        SITE_URL: f"http://{host}/",
        "PLAYHEAD_ALLOWED_HOSTS": json.dumps([host]),  # it is not on the public internet
    }
    platform = [sys.executable, "-m", "shared.cli", "up", "--", sys.executable, "-m", "demo.run"]
    try:
        return subprocess.call(platform, env=environment)
    finally:
        site.shutdown()


if __name__ == "__main__":
    sys.exit(main())
