"""`@step`: turn a handler into a Cloud Tasks worker. Claim, keep the lease, run, commit, enqueue.

2xx  done, nothing to do, or no task at all: the queue drops it
409  this step is being worked on: the queue keeps the task
500  a transient failure: the queue backs off and tries again
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from types import FunctionType
from typing import Any

import functions_framework
import msgspec
from flask import Request, Response

from shared import ports
from shared.edge.declarations import Profile, as_function, ports_of
from shared.edge.invocables import Step
from shared.edge.invoked import reply, serve_invoked
from shared.edge.lease import LeaseKeeper
from shared.logs import redact
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import LeaseLost, Outcome, Permanent
from shared.recordings.recording import Bucket, Failure
from shared.recordings.runs import StepTask, Verdict
from shared.recordings.uploads import drop_temporary
from shared.recordings.work import (
    Work,
    claim_step,
    commit_step,
    complete_shards,
    fail_step,
    is_committed,
    release_step,
)
from shared.settings import settings
from shared.wiring import wired

log = logging.getLogger("playhead.steps")

#: A step stops this long before its function's time-out, so that it can still say how it ended.
GRACE_S = 15

Handler = Callable[..., Outcome]
_STATUS = {Verdict.BUSY: 409, Verdict.STALE: 200, Verdict.EXHAUSTED: 200}


def step(
    *, profile: Profile = "api", memory_mb: int = 512, timeout_s: int = 300, concurrency: int = 1
) -> Callable[[Handler], FunctionType]:
    """Declare a step: `@step(profile="media")` over `def steps_<name>(work: Attempt, …ports) -> Outcome`.

    Its queue and its place in the pipelines are data (`shared/recordings/pipelines.py`).
    """

    def declare(handler: Handler) -> FunctionType:
        ports_by_name, _ = ports_of(handler, known={"work"})
        spec = Step(
            name=handler.__name__,
            handler=handler,
            ports=ports_by_name,
            profile=profile,
            memory_mb=memory_mb,
            timeout_s=timeout_s,
            concurrency=concurrency,
        )

        @functools.wraps(handler)
        def entry(request: Request) -> Response:
            account = settings().step_invoker
            return serve_invoked(spec.name, account, request, lambda: _deliver(spec, request))

        return as_function(entry, spec, functions_framework.http)

    return declare


def _deliver(spec: Step, request: Request) -> Response:
    try:
        task = msgspec.json.decode(request.get_data(), type=StepTask)
    except msgspec.MsgspecError:
        log.exception("%s was sent what is no task", spec.name)
        return reply({"verdict": "malformed"})  # no repetition would mend it, and the queue never gives up
    recordings, clock = wired(ports.Recordings), wired(ports.Clock)
    claim = claim_step(
        task,
        task_name=request.headers.get("X-CloudTasks-TaskName", task.name),
        recordings=recordings,
        now=clock.now(),
        lease=settings().step_lease,
    )
    _enqueue(claim.tasks)
    if claim.work is None:
        response = reply({"verdict": claim.verdict}, _STATUS[claim.verdict])
    else:
        response = _attempt(spec, claim.work)
    # Also for a task that there is nothing to do for: whoever ended the run may have died before this.
    if claim.work is None or claim.work.run.plan.temporary:
        drop_temporary(task.run_id, recordings=recordings, media=wired(ports.Media))
    return response


def _attempt(spec: Step, work: Work) -> Response:
    """Do the work under a lease, and end it by the class of what happened."""
    recordings, clock = wired(ports.Recordings), wired(ports.Clock)
    try:
        outcome = _run(spec, work)
        tasks = commit_step(work, outcome, recordings=recordings, now=clock.now())
    except LeaseLost:
        return _give_up(work)
    except Permanent as error:
        log.warning("%s cannot succeed: %s", spec.name, error)
        failure = error.failure
        return _end(work, lambda: fail_step(work, failure, recordings=recordings, now=clock.now()), 200)
    except Exception as error:
        log.warning("%s failed in attempt %d", spec.name, work.attempt, exc_info=error)
        failure = Failure(code="transient", message=redact(f"{type(error).__name__}: {error}")[:500])
        return _end(work, lambda: release_step(work, failure, recordings=recordings, now=clock.now()), 500)
    _enqueue(tasks)
    if work.task.shard is not None:
        run_id, name = work.task.run_id, work.task.step
        _enqueue(complete_shards(run_id, name, recordings=recordings, now=clock.now()))
    return reply({"verdict": "done"})


def _run(spec: Step, work: Work) -> Outcome:
    deadline_s = spec.timeout_s - GRACE_S
    keeper = LeaseKeeper(
        work,
        recordings=wired(ports.Recordings),
        clock=wired(ports.Clock),
        lease=settings().step_lease,
        deadline_s=deadline_s,
    )
    with keeper as attempt:
        outcome: Outcome = spec.handler(work=attempt, **spec.adapters())
        attempt.check()
        return outcome


def _end(work: Work, ending: Callable[[], tuple[StepTask, ...]], status: int) -> Response:
    try:
        tasks = ending()
    except LeaseLost:
        return _give_up(work)
    _clean_up(work)
    _enqueue(tasks)
    return reply({"verdict": "failed" if status == 200 else "again"}, status)


def _give_up(work: Work) -> Response:
    """The fence has moved on. Unless it was our own commit whose answer was lost, leave nothing behind."""
    recordings = wired(ports.Recordings)
    if is_committed(work, recordings=recordings):
        run = recordings.find_run(work.run.id)
        _enqueue(run.tasks())
        return reply({"verdict": "done"})
    _clean_up(work)
    return reply({"verdict": "lease_lost"})


def _clean_up(work: Work) -> None:
    """Remove what an attempt that does not count has written; nobody else writes under its names."""
    name: OutputName = work.output("any")
    wired(ports.Media).delete_prefix(Bucket.MEDIA, name.attempt_prefix)


def _enqueue(tasks: tuple[StepTask, ...]) -> None:
    queue: Any = wired(ports.Tasks) if tasks else None
    for task in tasks:
        queue.enqueue(task)
