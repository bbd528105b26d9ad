"""Buckets, events, queues, schedules and indexes are those that the product declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.buckets import AGE_DAYS, cors_of
from infra.target import slug_of
from shared.adapters.firestore.queries import EXEMPT, TTL, composite_indexes
from shared.cli.up import Command, configuration
from shared.edge.declarations import Declaration
from shared.edge.invocables import Job, Trigger
from shared.recordings.pipelines import QUEUES
from shared.recordings.recording import Bucket
from tests.infra.recorded_stack import FUNCTION, PROJECT, PROJECT_NUMBER, REGION, RecordedStack

BUCKET = "gcp:storage/bucket:Bucket"
JOB = "gcp:cloudscheduler/job:Job"
FIELD = "gcp:firestore/field:Field"


def test_no_bucket_is_public_or_keeps_what_was_deleted(stack: RecordedStack) -> None:
    buckets = stack.of_type(BUCKET)

    assert buckets.keys() == {*Bucket, "sources"}
    for bucket in buckets.values():
        assert bucket["uniformBucketLevelAccess"] is True
        assert bucket["publicAccessPrevention"] == "enforced"
        assert bucket["versioning"] == {"enabled": False}
        assert bucket["softDeletePolicy"] == {"retentionDurationSeconds": 0}


def test_uploads_and_nothing_else_are_removed_by_age(stack: RecordedStack) -> None:
    rules = {role: bucket["lifecycleRules"] for role, bucket in stack.of_type(BUCKET).items()}

    assert rules == {
        "uploads": [{"action": {"type": "Delete"}, "condition": {"age": 2}}],
        "media": [],
        "sources": [],
    }


def test_the_local_platform_removes_the_same_objects_by_age(tmp_path: Path) -> None:
    local = {bucket["name"]: bucket.get("age_days") for bucket in configuration(Command(data=tmp_path)).buckets}

    assert local == {role: AGE_DAYS.get(role) for role in Bucket}


def test_browsers_of_the_chosen_origins_may_put_to_uploads_and_follow_redirects_to_media(stack: RecordedStack) -> None:
    (uploads,) = stack.of_type(BUCKET)["uploads"]["cors"]
    (media,) = stack.of_type(BUCKET)["media"]["cors"]

    assert uploads["origins"] == ["https://app.example.com"]
    assert uploads["methods"] == ["PUT"]
    assert media["origins"] == ["*"]
    assert media["methods"] == ["GET", "HEAD"]


@pytest.mark.parametrize("role", [*Bucket, "sources"])
def test_no_browser_may_use_a_bucket_when_none_may_call_the_api(role: str) -> None:
    assert cors_of(role, []) == []


def test_no_browser_may_ever_read_the_source(stack: RecordedStack) -> None:
    assert stack.of_type(BUCKET)["sources"]["cors"] == []


def test_a_trigger_gets_every_finalized_object_of_its_bucket_until_it_takes_it(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    triggers = [one for one in declared if isinstance(one, Trigger)]

    assert triggers
    for one in triggers:
        event = stack.function(one.name)["eventTrigger"]
        assert event["retryPolicy"] == "RETRY_POLICY_RETRY"
        assert event["eventType"] == "google.cloud.storage.object.v1.finalized"
        assert event["eventFilters"] == [{"attribute": "bucket", "value": f"{PROJECT}-{one.bucket}"}]
        assert event["triggerRegion"] == stack.of_type(BUCKET)[one.bucket]["location"] == REGION
        assert event["serviceAccountEmail"] == f"trigger-invoker@{PROJECT}.iam.gserviceaccount.com"


def test_nothing_but_triggers_has_an_event_trigger(stack: RecordedStack, declared: list[Declaration]) -> None:
    triggers = {slug_of(one.name) for one in declared if isinstance(one, Trigger)}

    assert {name for name, inputs in stack.of_type(FUNCTION).items() if "eventTrigger" in inputs} == triggers


def test_storage_may_publish_events_and_the_trigger_invoker_receive_them(stack: RecordedStack) -> None:
    grants = stack.of_type("gcp:projects/iAMMember:IAMMember").values()
    members = {grant["role"]: grant["member"] for grant in grants}

    assert members["roles/pubsub.publisher"].startswith("serviceAccount:storage-agent@")
    assert members["roles/eventarc.eventReceiver"].startswith("serviceAccount:trigger-invoker@")


def test_the_queues_are_the_declared_ones_and_never_give_a_task_up(stack: RecordedStack) -> None:
    queues = stack.of_type("gcp:cloudtasks/queue:Queue")

    assert queues.keys() == {queue.name for queue in QUEUES}
    for queue in QUEUES:
        created = queues[queue.name]
        assert created["name"] == queue.name
        assert created["rateLimits"]["maxConcurrentDispatches"] == queue.max_concurrent
        assert created["rateLimits"]["maxDispatchesPerSecond"] == queue.max_per_s
        assert created["retryConfig"]["maxAttempts"] == -1
        assert float(created["retryConfig"]["minBackoff"].removesuffix("s")) == queue.min_backoff_s
        assert float(created["retryConfig"]["maxBackoff"].removesuffix("s")) == queue.max_backoff_s
        assert created["retryConfig"]["maxDoublings"] == queue.max_doublings


def test_every_job_is_called_on_its_schedule_with_a_token_for_its_url(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    jobs = {slug_of(one.name): one for one in declared if isinstance(one, Job)}
    scheduled = stack.of_type(JOB)

    assert scheduled.keys() == jobs.keys()
    for name, job in jobs.items():
        url = f"https://{name}-{PROJECT_NUMBER}.{REGION}.run.app"
        assert any(urn.endswith(f"{FUNCTION}::{name}") for urn in stack.waits_for[JOB, name])
        assert scheduled[name]["schedule"] == job.schedule
        assert scheduled[name]["timeZone"] == "Etc/UTC"
        assert scheduled[name]["attemptDeadline"] == f"{job.timeout_s}s"
        assert scheduled[name]["httpTarget"] == {
            "uri": url,
            "httpMethod": "POST",
            "oidcToken": {"serviceAccountEmail": f"job-invoker@{PROJECT}.iam.gserviceaccount.com", "audience": url},
        }


def test_the_composite_indexes_are_those_that_the_named_queries_need(stack: RecordedStack) -> None:
    created = [
        {
            "collection": index["collection"],
            "scope": index["queryScope"],
            "fields": [[field["fieldPath"], field["order"]] for field in index["fields"]],
        }
        for index in stack.of_type("gcp:firestore/index:Index").values()
    ]

    assert sorted(created, key=repr) == sorted(composite_indexes(), key=repr)


def test_expired_documents_go_by_themselves_and_unread_fields_have_no_index(stack: RecordedStack) -> None:
    fields = stack.of_type(FIELD).values()

    expiring = {(one["collection"], one["field"]) for one in fields if "ttlConfig" in one}
    unindexed = {(one["collection"], one["field"]) for one in fields if one.get("indexConfig") == {}}

    assert expiring == set(TTL)
    assert unindexed == set(EXEMPT)


def test_the_database_is_the_one_that_the_client_opens_and_cannot_be_deleted_by_accident(stack: RecordedStack) -> None:
    (database,) = stack.of_type("gcp:firestore/database:Database").values()

    assert database["name"] == "(default)"
    assert database["type"] == "FIRESTORE_NATIVE"
    assert database["deleteProtectionState"] == "DELETE_PROTECTION_ENABLED"
