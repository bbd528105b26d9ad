"""The scheduler part in its own process: running a job on request."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.local.part_process import free_port, running_part
from tests.local.receiver import Receiver, Reply, running_receiver

NEVER = "0 0 31 12 *"


@dataclass(frozen=True)
class Scheduler:
    """The running part."""

    address: str

    def run(self, job: str) -> requests.Response:
        """Run a job now."""
        return requests.post(f"{self.address}/run/{job}", timeout=20)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Scheduler]:
    folder, port = tmp_path_factory.mktemp("scheduler"), free_port()
    jobs = [job(name, receiver.url(f"/{name}")) for name in ("answers", "overlaps", "trickles")]
    jobs.append(job("nobody", f"http://127.0.0.1:{free_port()}/"))
    config = write_config(folder, jobs)
    address = f"http://127.0.0.1:{port}"
    options = ["--port", str(port), "--config", str(config)]
    with running_part("scheduler", *options, ready_url=f"{address}/healthz"):
        yield Scheduler(address)


def job(name: str, url: str, schedule: str = NEVER) -> dict[str, object]:
    return {
        "name": name,
        "schedule": schedule,
        "url": url,
        "account": "scheduler@local.iam.gserviceaccount.com",
        "audience": url,
        "timeout_s": 0.5 if name == "trickles" else 10,
    }


def write_config(folder: Path, jobs: list[dict[str, object]]) -> Path:
    path = folder / "scheduler.json"
    key = str(folder / "key.pem")
    path.write_text(json.dumps({"jobs": jobs, "issuer": "http://127.0.0.1:1", "identity_key": key}))
    return path


def test_running_a_job_answers_as_the_job_does(scheduler: Scheduler, receiver: Receiver) -> None:
    receiver.answer("/answers", Reply(202, b'{"swept": 3}', "application/json"))

    answer = scheduler.run("answers")

    (hit,) = receiver.hits("/answers")
    assert (answer.status_code, answer.json()) == (202, {"swept": 3})
    assert answer.headers["Content-Type"] == "application/json"
    assert hit.headers["X-CloudScheduler-JobName"] == "answers"
    assert hit.headers["Authorization"].startswith("Bearer ")


def test_an_unknown_job_is_not_found_and_the_known_ones_are_named(scheduler: Scheduler) -> None:
    answer = scheduler.run("unknown")

    assert answer.status_code == 404
    assert answer.json()["jobs"] == ["answers", "nobody", "overlaps", "trickles"]


def test_other_paths_are_not_found(scheduler: Scheduler) -> None:
    assert requests.post(f"{scheduler.address}/answers", timeout=5).status_code == 404
    assert requests.get(f"{scheduler.address}/run/answers", timeout=5).status_code == 404


def test_a_job_that_nobody_serves_is_a_bad_gateway(scheduler: Scheduler) -> None:
    assert scheduler.run("nobody").status_code == 502


def test_a_job_that_trickles_its_answer_is_a_gateway_timeout(scheduler: Scheduler, receiver: Receiver) -> None:
    receiver.answer("/trickles", Reply(200, b"." * 100, trickle_s=0.05))

    assert scheduler.run("trickles").status_code == 504


def test_two_requests_run_a_job_one_after_the_other(scheduler: Scheduler, receiver: Receiver) -> None:
    meeting = threading.Barrier(2)

    def wait_for_another() -> None:
        try:
            meeting.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            return

    receiver.answer("/overlaps", Reply(200, hold=wait_for_another))

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(scheduler.run, ["overlaps", "overlaps"]))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert meeting.broken  # nobody ever met


def test_a_schedule_that_is_not_cron_stops_the_start(tmp_path: Path) -> None:
    config = write_config(tmp_path, [job("odd", "http://127.0.0.1:1/", schedule="every tuesday")])

    ended = subprocess.run(
        [sys.executable, "-m", "shared.local.scheduler", "--port", str(free_port()), "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert ended.returncode != 0
    assert "CronSimError" in ended.stderr
