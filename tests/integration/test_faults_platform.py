"""The whole platform dies, and comes back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.integration.platform import RunningPlatform, eventually, running_platform, start_platform


def is_half_way(platform: RunningPlatform) -> bool:
    return '"steps_remux_video 200"' in platform.logs("media")


@pytest.mark.timeout(120)
def test_a_run_survives_the_death_of_everything(tmp_path: Path, sample_video: bytes) -> None:
    platform = start_platform(tmp_path)
    capture = platform.client()
    kept = capture.create({"name": "kept"})["id"]
    created = capture.create({"has_video": True})
    capture.upload(created, sample_video)
    eventually(lambda: is_half_way(platform), what="the run being half way")
    platform.stop(signal.SIGKILL)

    with running_platform(tmp_path) as again:
        capture = again.client()

        assert capture.recording(kept)["name"] == "kept"
        assert capture.wait_for(created["id"])["status"] == "ready"
        assert capture.wait_for(kept)["status"] == "ready"
