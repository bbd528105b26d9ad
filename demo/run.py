"""The demo: a real browser recording goes through a running platform, by plain HTTP and nothing else.

Run by `make demo`, or by hand against any platform, with `PLAYHEAD_URL`, `PLAYHEAD_API_KEY` (of an administrator),
`PLAYHEAD_TENANT`, `FERNWAY_URL` and `WEBHOOKS_URL` set.
"""

from __future__ import annotations

import os

from demo.capture import CaptureDemo
from demo.feedback import FeedbackDemo
from demo.rooms import RoomsDemo
from demo.sessions import SessionsDemo
from demo.telling import OUTPUT


def main() -> None:
    url, api_key = os.environ["PLAYHEAD_URL"], os.environ["PLAYHEAD_API_KEY"]
    print(f"Playhead runs at {url}. Taking a recording of the demo site through the capture API:")
    video = CaptureDemo(url, api_key).run()
    print("And its video through the sessions API:")
    prompt = SessionsDemo(url, api_key, seed_url=os.environ["FERNWAY_URL"]).run()
    print("And, narrated and with the page's log, through the feedback API:")
    analysis = FeedbackDemo(url, api_key).run()
    print("And a meeting through the rooms API, on a local RealtimeKit, R2 and S3 Glacier:")
    tenant, hooks = os.environ.get("PLAYHEAD_TENANT", "demo"), os.environ["WEBHOOKS_URL"]
    meeting = RoomsDemo(url, api_key, tenant=tenant, hooks=hooks).run()
    print("Where to look:")
    print(f"  the playable video        {video}")
    print(f"  the coding agent's prompt {prompt}")
    print(f"  the analysis of it        {analysis}")
    print(f"  the meeting's recording   {meeting}")
    print(f"  logs of every part        {OUTPUT.parent / 'logs'}/")
    print("  the API in a browser      make up, then open <API>/docs/")


if __name__ == "__main__":
    main()
