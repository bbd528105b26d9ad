"""The Cloud Scheduler jobs, which call the jobs among the functions."""

from __future__ import annotations

import pulumi
from pulumi_gcp import cloudscheduler, serviceaccount

from infra.foundation import Deployed
from infra.target import Target, slug_of
from shared.edge.invocables import Job


def schedule_job(job: Job, function: Deployed, target: Target, invoker: serviceaccount.Account) -> cloudscheduler.Job:
    """Call a job on its schedule (UTC). A call that fails is not repeated: the next one finds the same work."""
    slug, url = slug_of(job.name), target.url_of(job.name)
    return cloudscheduler.Job(
        slug,
        name=slug,
        region=target.region,
        description=job.summary,
        schedule=job.schedule,
        time_zone="Etc/UTC",
        attempt_deadline=f"{job.timeout_s}s",
        http_target={
            "uri": url,
            "http_method": "POST",
            "oidc_token": {"service_account_email": invoker.email, "audience": url},
        },
        opts=pulumi.ResourceOptions(depends_on=[function]),
    )
