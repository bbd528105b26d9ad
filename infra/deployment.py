"""A whole deployment, from the declarations under `functions/`."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from infra.cloud_functions import create_function
from infra.containers import create_service
from infra.environment import environment_of, variable_of
from infra.firestore import create_database
from infra.foundation import CONTAINED, Deployed, Foundation, lay_foundation
from infra.iam import allow_invocation, create_account, grant_roles
from infra.loadbalancer import balance
from infra.schedules import schedule_job
from infra.target import Target
from infra.triggers import allow_events
from shared.edge.declarations import Declaration, Endpoint
from shared.edge.invocables import Job


def deploy(declared: Sequence[Declaration], target: Target) -> dict[str, pulumi.Input[object]]:
    """Register every resource of a deployment; returns the stack's outputs."""
    foundation = lay_foundation(target, declared)
    database = create_database(target)
    ready = [*foundation.ready, *allow_events(foundation), database]
    functions = {one.name: deploy_function(one, foundation, after=ready) for one in declared}
    for job in declared:
        if isinstance(job, Job):
            schedule_job(job, functions[job.name], target, foundation.invokers[job.kind])
    endpoints = [one for one in declared if isinstance(one, Endpoint)]
    address = balance(functions, endpoints, target)
    secrets = {variable_of(name): text for name, text in target.secrets.items()}
    return {
        "address": address.address,
        "url": f"https://{target.domain}",
        # What the command line needs to reach this deployment, for example to create the first API key.
        "environment": environment_of(endpoints[0], target, foundation.invokers) | secrets,
    }


def deploy_function(
    declaration: Declaration, foundation: Foundation, *, after: Sequence[pulumi.Resource] = ()
) -> Deployed:
    """Deploy a function under its own account, callable by whom it is for."""
    account = create_account(declaration)
    grants = grant_roles(declaration, account, foundation)
    create = create_service if declaration.profile in CONTAINED else create_function
    opts = pulumi.ResourceOptions(depends_on=[*grants, *after])
    deployed = create(declaration, account, foundation, opts=opts)
    allow_invocation(declaration, deployed, foundation)
    return deployed
