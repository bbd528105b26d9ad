"""What the functions stand on: everything that is there once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_gcp import cloudfunctionsv2, cloudrunv2, cloudtasks, projects, secretmanager, serviceaccount, storage

from infra.buckets import create_bucket, create_buckets
from infra.queues import create_queues
from infra.source import archive_name, archive_of
from infra.target import Target, slug_of
from shared.edge.declarations import Declaration
from shared.edge.invocables import Job, Step, Task, Trigger
from shared.recordings.recording import Bucket

#: The profiles whose functions run in an image of our own; the others are built by Cloud Functions from an archive.
CONTAINED = frozenset({"browser"})
#: What a build needs: to read the source, to write the image and the log.
BUILDER_ROLES = ("roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer")

#: Which invoker calls the functions of a private kind: the queues have one for all that they call.
INVOKER_OF: Mapping[str, str] = {kind.kind: kind.kind for kind in (Step, Trigger, Job)} | {Task.kind: Step.kind}
#: What a declaration is deployed as.
Deployed = cloudfunctionsv2.Function | cloudrunv2.Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    target: Target
    buckets: Mapping[Bucket, storage.Bucket]
    queues: Mapping[str, cloudtasks.Queue]
    secrets: Mapping[str, secretmanager.SecretVersion]  #: by setting
    invokers: Mapping[str, serviceaccount.Account]  #: who calls the private functions
    builder: serviceaccount.Account
    archives: Mapping[str, storage.BucketObject]  #: by profile, of those that are built from one
    ready: tuple[pulumi.Resource, ...]  #: what has to be there before any function is built


def lay_foundation(target: Target, declared: Iterable[Declaration]) -> Foundation:
    """Create everything that is not of one function."""
    builder, grants = _create_builder(target)
    sources = create_bucket("sources", target)
    return Foundation(
        target=target,
        buckets=create_buckets(target),
        queues=create_queues(target),
        secrets={name: _keep_secret(name, text) for name, text in target.secrets.items()},
        invokers={kind: _create_invoker(kind) for kind in sorted(set(INVOKER_OF.values()))},
        builder=builder,
        archives={
            profile: _upload(profile, sources) for profile in sorted({one.profile for one in declared} - CONTAINED)
        },
        ready=grants,
    )


def _create_builder(target: Target) -> tuple[serviceaccount.Account, tuple[pulumi.Resource, ...]]:
    builder = serviceaccount.Account("builder", account_id="builder", display_name="Builds the functions")
    grants = tuple(
        projects.IAMMember(
            f"builder-{role.rpartition('/')[2]}", project=target.project, role=role, member=builder.member
        )
        for role in BUILDER_ROLES
    )
    return builder, grants


def _create_invoker(kind: str) -> serviceaccount.Account:
    return serviceaccount.Account(f"{kind}-invoker", account_id=f"{kind}-invoker", display_name=f"Calls every {kind}")


def _keep_secret(setting: str, text: pulumi.Output[str]) -> secretmanager.SecretVersion:
    name = slug_of(setting)
    secret = secretmanager.Secret(name, secret_id=name, replication={"auto": {}})
    return secretmanager.SecretVersion(name, secret=secret.id, secret_data=text)


def _upload(profile: str, bucket: storage.Bucket) -> storage.BucketObject:
    return storage.BucketObject(
        f"source-{profile}", bucket=bucket.name, name=archive_name(profile), source=archive_of(profile)
    )
