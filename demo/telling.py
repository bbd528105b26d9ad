"""What the parts of the demo share: saying what is done and how long it took, and stopping where it goes wrong."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

SAMPLE = Path(__file__).parent / "sample"
OUTPUT = Path(os.environ.get("PLAYHEAD_DATA", ".playhead"), "demo")
PATIENCE_S = 300


@contextmanager
def timed(sentence: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(f"  {sentence}", flush=True)
    started = time.monotonic()
    yield
    print(f"      took {time.monotonic() - started:.2f} s", flush=True)


def json_of(answer: requests.Response) -> Any:
    """The answer's JSON; the end of the demo where it is a refusal."""
    if not answer.ok:
        sys.exit(f"{answer.request.method} answered {answer.status_code}: {answer.text}")
    return answer.json()


def save(name: str, content: bytes) -> Path:
    """Keep what came back where somebody can look at it."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    target = OUTPUT / name
    target.write_bytes(content)
    return target
