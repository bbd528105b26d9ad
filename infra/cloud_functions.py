"""A declaration as a Cloud Function.

(This module is not named `functions`: Pulumi puts its folder before everything else on the import path.)
"""

from __future__ import annotations

import pulumi
from pulumi_gcp import cloudfunctionsv2, serviceaccount

from infra.environment import environment_of, is_private, variable_of
from infra.foundation import Foundation
from infra.iam import secrets_of
from infra.source import ENTRY_FILE, runtime
from infra.target import slug_of
from infra.triggers import event_trigger
from shared.edge.declarations import Declaration
from shared.edge.invocables import Trigger

#: The most memory that Cloud Run gives to so many CPUs.
_MEMORY_MB_OF_CPUS = {1: 4096, 2: 8192, 4: 16384, 8: 32768}


def create_function(
    declaration: Declaration,
    account: serviceaccount.Account,
    foundation: Foundation,
    *,
    opts: pulumi.ResourceOptions,
) -> cloudfunctionsv2.Function:
    """The function as a Cloud Function, built from the archive of its profile."""
    slug = slug_of(declaration.name)
    return cloudfunctionsv2.Function(
        slug,
        name=slug,
        location=foundation.target.region,
        description=declaration.summary,
        build_config=_build(declaration, foundation),
        service_config=_service(declaration, account, foundation),
        event_trigger=event_trigger(declaration, foundation) if isinstance(declaration, Trigger) else None,
        opts=opts,
    )


def cpus_for(memory_mb: int) -> int:
    """The fewest whole CPUs that may have that memory; whole, because several requests at once need that."""
    return next(cpus for cpus, most_mb in _MEMORY_MB_OF_CPUS.items() if memory_mb <= most_mb)


def _build(declaration: Declaration, foundation: Foundation) -> cloudfunctionsv2.FunctionBuildConfigArgsDict:
    archive = foundation.archives[declaration.profile]
    return {
        "runtime": runtime(),
        "entry_point": declaration.name,
        "environment_variables": {"GOOGLE_FUNCTION_SOURCE": ENTRY_FILE},
        "service_account": foundation.builder.name,
        "source": {"storage_source": {"bucket": archive.bucket, "object": archive.name}},
    }


def _service(
    declaration: Declaration, account: serviceaccount.Account, foundation: Foundation
) -> cloudfunctionsv2.FunctionServiceConfigArgsDict:
    target = foundation.target
    secrets: list[cloudfunctionsv2.FunctionServiceConfigSecretEnvironmentVariableArgsDict] = [
        {
            "key": variable_of(setting),
            "project_id": target.project,
            "secret": slug_of(setting),
            "version": version.version,
        }
        for setting, version in secrets_of(declaration, foundation.secrets).items()
    ]
    return {
        "available_memory": f"{declaration.memory_mb}Mi",
        "available_cpu": str(cpus_for(declaration.memory_mb)),
        "timeout_seconds": declaration.timeout_s,
        "max_instance_request_concurrency": declaration.concurrency,
        "ingress_settings": "ALLOW_INTERNAL_ONLY" if is_private(declaration) else "ALLOW_INTERNAL_AND_GCLB",
        "service_account_email": account.email,
        "secret_environment_variables": secrets,
        # functions-framework serves four requests per CPU unless it is told; the rest would wait in the instance.
        "environment_variables": environment_of(declaration, target, foundation.invokers)
        | {"THREADS": str(declaration.concurrency)},
    }
