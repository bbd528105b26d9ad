"""Who may do what: a function has an account of its own, with the roles of the ports that it uses and no more.

A role is granted on the narrowest thing that holds: the buckets, the queues, the function's own account; only
Firestore's is the project's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pulumi
from pulumi_gcp import cloudrunv2, cloudtasks, projects, secretmanager, serviceaccount, storage

from infra.environment import is_private
from infra.foundation import INVOKER_OF, Deployed, Foundation
from infra.target import account_id_of, slug_of
from shared import ports
from shared.edge.declarations import Declaration, Endpoint
from shared.edge.invocables import Job, Step, Task, Trigger
from shared.ports import files, meetings, ready_files, sealing
from shared.wiring import wire_of

#: The ports that the edge of a kind uses itself, beside those in the handlers' signatures.
EDGE_PORTS: Mapping[str, frozenset[type]] = {
    Endpoint.kind: frozenset({ports.Clock, ports.Keys, ports.Recordings}),
    Step.kind: frozenset({ports.Clock, ports.Media, ports.Recordings, ports.Tasks}),
    Trigger.kind: frozenset(),
    Task.kind: frozenset(),
    Job.kind: frozenset(),
}


#: The ports whose adapters read a secret that a stack may leave out; the others are read by every function.
READERS: Mapping[str, frozenset[type]] = {
    "cloudflare_api_token": frozenset({meetings.Meetings}),
    "glacier_secret_access_key": frozenset({files.ColdFiles}),
    "r2_secret_access_key": frozenset({files.HotFiles}),
    "recording_ready_secret": frozenset({ready_files.ReadyPolicy}),
    "sealing_key": frozenset({sealing.Sealing}),
}


def ports_used_by(declaration: Declaration) -> frozenset[type]:
    """Every port that a call of the function can reach."""
    return EDGE_PORTS[declaration.kind] | set(declaration.ports.values())


def roles_of(declaration: Declaration) -> frozenset[str]:
    """The roles that the function's ports need."""
    return frozenset(role for port in ports_used_by(declaration) for role in wire_of(port).roles)


def secrets_of(
    declaration: Declaration, secrets: Mapping[str, secretmanager.SecretVersion]
) -> dict[str, secretmanager.SecretVersion]:
    """Of the stack's secrets those that the function reads, by setting."""
    return {setting: version for setting, version in secrets.items() if _reads(declaration, setting)}


def create_account(declaration: Declaration) -> serviceaccount.Account:
    """The function's own account."""
    return serviceaccount.Account(
        slug_of(declaration.name), account_id=account_id_of(declaration.name), display_name=declaration.name
    )


def grant_roles(
    declaration: Declaration, account: serviceaccount.Account, foundation: Foundation
) -> list[pulumi.Resource]:
    """Grant the function's account what the function needs; returns the grants."""
    slug = slug_of(declaration.name)
    grants = [
        grant
        for role in sorted(roles_of(declaration))
        for grant in _grants(f"{slug}-{role.rpartition('/')[2]}", role, account, foundation)
    ]
    for setting, version in secrets_of(declaration, foundation.secrets).items():
        grants.append(
            secretmanager.SecretIamMember(
                f"{slug}-{slug_of(setting)}",
                secret_id=version.secret,
                role="roles/secretmanager.secretAccessor",
                member=account.member,
            )
        )
    if ports.Tasks in ports_used_by(declaration):
        # Who enqueues a task that carries a token of an account has to be allowed to act as that account.
        grants.append(
            serviceaccount.IAMMember(
                f"{slug}-step-invoker",
                service_account_id=foundation.invokers[Step.kind].name,
                role="roles/iam.serviceAccountUser",
                member=account.member,
            )
        )
    return grants


def allow_invocation(
    declaration: Declaration, function: Deployed, foundation: Foundation
) -> cloudrunv2.ServiceIamMember:
    """Let the invoker of its kind call a private function, and everybody an endpoint, which looks at callers itself."""
    member = foundation.invokers[INVOKER_OF[declaration.kind]].member if is_private(declaration) else "allUsers"
    return cloudrunv2.ServiceIamMember(
        slug_of(declaration.name),
        name=function.name,
        location=function.location,
        role="roles/run.invoker",
        member=member,
    )


def _reads(declaration: Declaration, setting: str) -> bool:
    readers = READERS.get(setting)
    return readers is None or bool(readers & ports_used_by(declaration))


def _grants(name: str, role: str, account: serviceaccount.Account, foundation: Foundation) -> Iterator[pulumi.Resource]:
    match role.removeprefix("roles/").partition(".")[0]:
        case "storage":
            for bucket, created in foundation.buckets.items():
                yield storage.BucketIAMMember(f"{name}-{bucket}", bucket=created.name, role=role, member=account.member)
        case "cloudtasks":
            for queue, made in foundation.queues.items():
                yield cloudtasks.QueueIamMember(
                    f"{name}-{queue}", name=made.name, location=made.location, role=role, member=account.member
                )
        case "iam":
            yield serviceaccount.IAMMember(name, service_account_id=account.name, role=role, member=account.member)
        case "datastore" | "aiplatform":
            yield projects.IAMMember(name, project=foundation.target.project, role=role, member=account.member)
        case service:
            raise ValueError(f"{role}: decide here what a role of {service} is granted on")
