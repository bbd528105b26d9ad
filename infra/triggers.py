"""How a trigger comes to its events: storage publishes them, Eventarc delivers them under the invoker's account."""

from __future__ import annotations

import pulumi
from pulumi_gcp import cloudfunctionsv2, projects, storage

from infra.foundation import Foundation
from infra.target import Target
from shared.edge.invocables import Trigger
from shared.recordings.recording import Bucket

FINALIZED = "google.cloud.storage.object.v1.finalized"


def allow_events(foundation: Foundation) -> list[pulumi.Resource]:
    """Grant what a trigger cannot be made without; returns the grants."""
    target = foundation.target
    return [
        projects.IAMMember(
            "storage-publishes-events",
            project=target.project,
            role="roles/pubsub.publisher",
            member=_storage_agent(target),
        ),
        projects.IAMMember(
            "trigger-receives-events",
            project=target.project,
            role="roles/eventarc.eventReceiver",
            member=foundation.invokers[Trigger.kind].member,
        ),
    ]


def event_trigger(trigger: Trigger, foundation: Foundation) -> cloudfunctionsv2.FunctionEventTriggerArgsDict:
    """Deliver every finalized object of the trigger's bucket, again and again until it is taken (for 24 h)."""
    return {
        "event_type": FINALIZED,
        "event_filters": [{"attribute": "bucket", "value": foundation.buckets[Bucket(trigger.bucket)].name}],
        "trigger_region": foundation.target.region,
        "retry_policy": "RETRY_POLICY_RETRY",
        "service_account_email": foundation.invokers[trigger.kind].email,
    }


def _storage_agent(target: Target) -> str:
    """The account under which Cloud Storage itself acts in the project."""
    agent = storage.get_project_service_account(project=target.project)
    return f"serviceAccount:{agent.email_address}"
