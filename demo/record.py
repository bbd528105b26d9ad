"""Make a sample recording: visit the demo shop in a real browser and store what a recorder sends.

    python -m demo.record --out demo/sample

Writes `events.json` (a bare array of rrweb events), `video.webm` (as MediaRecorder made it: without duration and
cues) and `recording.json` (when it was, and what it has).
"""

import argparse
import json
from datetime import datetime
from pathlib import Path

from demo.recorder.recording import Recorded, record_visit
from demo.site.server import serve

NAME = "Fernway: two plants and a coupon that did not exist"


def record(out: Path, *, headed: bool = False) -> Recorded:
    """Record one visit into the folder, which is made if it is missing."""
    server = serve()
    try:
        recorded = record_visit(f"http://127.0.0.1:{server.server_port}", headed=headed)
    finally:
        server.shutdown()
        server.server_close()
    out.mkdir(parents=True, exist_ok=True)
    (out / "events.json").write_text("[" + ",\n".join(recorded.events) + "]\n", "utf-8")
    (out / "video.webm").write_bytes(recorded.video)
    (out / "recording.json").write_text(json.dumps(_describe(recorded), indent=2) + "\n", "utf-8")
    return recorded


def _describe(recorded: Recorded) -> dict[str, object]:
    return {
        "name": NAME,
        "started_at": _utc(recorded.started_at),
        "ended_at": _utc(recorded.ended_at),
        "has_video": bool(recorded.video),
        "has_audio": bool(recorded.video),
    }


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> None:
    """Record, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--headed", choices=["yes", "no"], default="no", help="show the browser")
    arguments = parser.parse_args()
    recorded = record(arguments.out, headed=arguments.headed == "yes")
    duration_s = (recorded.ended_at - recorded.started_at).total_seconds()
    print(f"{arguments.out}: {duration_s:.1f} s, {len(recorded.events)} events, {len(recorded.video):,} bytes of video")


if __name__ == "__main__":
    main()
