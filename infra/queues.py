"""The Cloud Tasks queues of the pipelines."""

from __future__ import annotations

from pulumi_gcp import cloudtasks

from infra.target import Target
from shared.recordings.pipelines import QUEUES, Queue

#: A queue never gives a task up: attempts are counted, and ended, in the run.
UNLIMITED = -1


def create_queues(target: Target) -> dict[str, cloudtasks.Queue]:
    """Every declared queue, by name."""
    return {queue.name: _create_queue(queue, target) for queue in QUEUES}


def _create_queue(queue: Queue, target: Target) -> cloudtasks.Queue:
    return cloudtasks.Queue(
        queue.name,
        name=queue.name,
        location=target.region,
        rate_limits={
            "max_concurrent_dispatches": queue.max_concurrent,
            "max_dispatches_per_second": queue.max_per_s,
        },
        retry_config={
            "max_attempts": UNLIMITED,
            "min_backoff": f"{queue.min_backoff_s:g}s",
            "max_backoff": f"{queue.max_backoff_s:g}s",
            "max_doublings": queue.max_doublings,
        },
    )
