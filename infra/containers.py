"""The functions whose profile the buildpacks of Cloud Functions cannot build: they need programs of the system.

Each is a Cloud Run service from an image of our own (`browser/Dockerfile`), and otherwise what a Cloud Function is
underneath: the same name, account, invoker, settings and URL.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp import cloudrunv2, serviceaccount

from infra.cloud_functions import cpus_for
from infra.environment import environment_of, is_private, variable_of
from infra.foundation import Foundation
from infra.iam import secrets_of
from infra.target import slug_of
from shared.edge.declarations import Declaration


def create_service(
    declaration: Declaration,
    account: serviceaccount.Account,
    foundation: Foundation,
    *,
    opts: pulumi.ResourceOptions,
) -> cloudrunv2.Service:
    """The function as a Cloud Run service.

    Raises:
        ValueError: the stack does not name the image.
    """
    slug, target = slug_of(declaration.name), foundation.target
    if target.browser_image is None:
        raise ValueError(
            f"{slug} runs in a container image: build it as infra/browser/Dockerfile says, "
            "then `pulumi config set browserImage <image>`"
        )
    return cloudrunv2.Service(
        slug,
        name=slug,
        location=target.region,
        description=declaration.summary,
        ingress="INGRESS_TRAFFIC_INTERNAL_ONLY"
        if is_private(declaration)
        else "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        deletion_protection=False,
        template={
            "service_account": account.email,
            "timeout": f"{declaration.timeout_s}s",
            "max_instance_request_concurrency": declaration.concurrency,
            "containers": [_container(declaration, target.browser_image, foundation)],
        },
        opts=opts,
    )


def _container(
    declaration: Declaration, image: str, foundation: Foundation
) -> cloudrunv2.ServiceTemplateContainerArgsDict:
    plain = environment_of(declaration, foundation.target, foundation.invokers) | {
        "FUNCTION_TARGET": declaration.name,
        "THREADS": str(declaration.concurrency),
    }
    given: list[cloudrunv2.ServiceTemplateContainerEnvArgsDict] = [
        {"name": name, "value": value} for name, value in plain.items()
    ]
    kept: list[cloudrunv2.ServiceTemplateContainerEnvArgsDict] = [
        {
            "name": variable_of(setting),
            "value_source": {"secret_key_ref": {"secret": slug_of(setting), "version": version.version}},
        }
        for setting, version in secrets_of(declaration, foundation.secrets).items()
    ]
    memory_mb = declaration.memory_mb
    return {
        "image": image,
        "envs": [*given, *kept],
        "resources": {"limits": {"memory": f"{memory_mb}Mi", "cpu": str(cpus_for(memory_mb))}},
    }
