"""What every declaration must hold, whoever adds the next one."""

from __future__ import annotations

import pytest

from shared.adapters.tasks import DISPATCH_DEADLINE_S
from shared.edge.declarations import Declaration, Endpoint
from shared.edge.families import FAMILIES
from shared.edge.invocables import Job, Step
from shared.edge.manifest import declarations
from shared.edge.step import GRACE_S
from shared.errors import NotFound
from shared.recordings.pipelines import PIPELINES

DECLARED = declarations()
ENDPOINTS = [one for one in DECLARED if isinstance(one, Endpoint)]
STEPS = [one for one in DECLARED if isinstance(one, Step)]
JOBS = [one for one in DECLARED if isinstance(one, Job)]

#: The endpoints of the contracts, word for word.
CONTRACTS = """
capture_create_recording  POST   /api/v1/recordings               201
capture_list_recordings   GET    /api/v1/recordings               200
capture_get_recording     GET    /api/v1/recordings/{id}          200
capture_stream_events     GET    /api/v1/recordings/{id}/events   200
capture_confirm_video     POST   /api/v1/recordings/{id}/confirm  200
capture_delete_recording  DELETE /api/v1/recordings/{id}          204
capture_get_video         GET    /api/v1/recordings/{id}/video    200
feedback_create_recording  POST   /api/feedback/recordings                 201
feedback_upload_video      PUT    /api/feedback/recordings/{id}/video      200
feedback_list_recordings   GET    /api/feedback/recordings                 200
feedback_get_recording     GET    /api/feedback/recordings/{id}            200
feedback_get_video         GET    /api/feedback/recordings/{id}/video      200
feedback_analyze_recording POST   /api/feedback/recordings/{id}/analyze    202
feedback_get_analysis      GET    /api/feedback/recordings/{id}/analysis   200
feedback_get_summary       GET    /api/feedback/recordings/{id}/summary    200
feedback_get_timeline      GET    /api/feedback/recordings/{id}/timeline   200
feedback_get_transcript    GET    /api/feedback/recordings/{id}/transcript 200
feedback_claim_recording   POST   /api/feedback/recordings/{id}/claim      200
feedback_delete_recording  DELETE /api/feedback/recordings/{id}            204
rooms_create_room          POST   /api/v1/rooms                            201
rooms_list_rooms           GET    /api/v1/rooms                            200
rooms_get_room             GET    /api/v1/rooms/{id}                       200
rooms_update_room          PATCH  /api/v1/rooms/{id}                       200
rooms_delete_room          DELETE /api/v1/rooms/{id}                       204
rooms_end_room             POST   /api/v1/rooms/{id}/end                   200
rooms_get_tenant_config    GET    /api/v1/tenants/{id}/config              200
rooms_update_tenant_config PATCH  /api/v1/tenants/{id}/config              200
rooms_start_recording      POST   /api/v1/rooms/{id}/recordings/start      201
rooms_stop_recording       POST   /api/v1/rooms/{id}/recordings/stop       200
rooms_list_recordings      GET    /api/v1/recordings                       200
rooms_get_recording        GET    /api/v1/recordings/{id}                  200
rooms_delete_recording     DELETE /api/v1/recordings/{id}                  200
rooms_download_recording   GET    /api/v1/recordings/{id}/download         200
rooms_archive_recording    POST   /api/v1/recordings/{id}/archive          200
rooms_restore_recording    POST   /api/v1/recordings/{id}/restore          202
rooms_recover_recording    POST   /api/v1/recordings/{id}/recover          200
rooms_sync_recordings      POST   /api/v1/rooms/{id}/recordings/sync       200
rooms_list_deliveries      GET    /api/v1/webhooks/deliveries              200
rooms_redeliver_webhook    POST   /api/v1/webhooks/deliveries/{id}/redeliver 202
rooms_receive_realtimekit  POST   /api/v1/webhooks/cloudflare/recording    200
rooms_receive_recording_ready POST /api/v1/webhooks/cloudflare/recording-ready 200
sessions_upload_recording POST   /api/recordings                  200
sessions_create_upload    POST   /api/recordings/uploads          201
sessions_create_session   POST   /api/sessions                    201
sessions_list_sessions    GET    /api/sessions                    200
sessions_get_stats        GET    /api/sessions/stats              200
sessions_get_session      GET    /api/sessions/{id}               200
sessions_get_status       GET    /api/sessions/{id}/status        200
sessions_update_session   PATCH  /api/sessions/{id}               200
sessions_delete_session   DELETE /api/sessions/{id}               204
sessions_delete_frame     DELETE /api/sessions/{id}/frames/{frame_id} 204
sessions_generate_prompt  POST   /api/sessions/{id}/generate-prompt   200
sessions_get_settings     GET    /api/settings                    200
sessions_update_settings  PATCH  /api/settings                    200
"""

every_declaration = pytest.mark.parametrize("declared", DECLARED, ids=lambda one: one.name)
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)


def test_the_endpoints_are_those_of_the_contracts() -> None:
    declared = {(one.name, one.method, one.path, str(one.status)) for one in ENDPOINTS}

    assert declared == {tuple(row.split()) for row in CONTRACTS.strip().splitlines()}


@every_endpoint
def test_an_endpoint_that_creates_takes_an_idempotency_key_and_no_other_does(endpoint: Endpoint) -> None:
    is_answered_with_what_came_of_it = endpoint.form is not None

    assert endpoint.creates == (
        endpoint.method == "POST" and (endpoint.status == 201 or is_answered_with_what_came_of_it)
    )


@every_endpoint
def test_an_endpoint_belongs_to_a_family_and_knows_its_caller(endpoint: Endpoint) -> None:
    assert endpoint.family.name in FAMILIES
    assert endpoint.needs_caller is not bool(endpoint.signed)  # a signature is a credential too


@every_endpoint
def test_an_endpoint_of_one_recording_may_not_find_it(endpoint: Endpoint) -> None:
    assert (NotFound in endpoint.raises) == ("{id}" in endpoint.path)


@every_endpoint
def test_an_endpoint_that_answers_nothing_says_204(endpoint: Endpoint) -> None:
    assert (endpoint.returns is None) == (endpoint.status == 204)


@every_declaration
def test_a_function_keeps_within_the_limits_of_the_platform(declared: Declaration) -> None:
    assert 128 <= declared.memory_mb <= 32 * 1024
    assert 1 <= declared.concurrency <= 1000
    assert 1 <= declared.timeout_s <= 3600


@pytest.mark.parametrize("step", STEPS, ids=lambda one: one.name)
def test_a_step_ends_before_its_function_does_and_that_before_its_task(step: Step) -> None:
    assert GRACE_S < step.timeout_s <= DISPATCH_DEADLINE_S


@pytest.mark.parametrize("step", [one for one in STEPS if one.profile == "media"], ids=lambda one: one.name)
def test_a_media_step_runs_alone_on_its_instance(step: Step) -> None:
    assert step.concurrency == 1


def test_every_step_of_a_pipeline_is_declared_and_no_other() -> None:
    needed = {stage.step.function for pipeline in PIPELINES.values() for stage in pipeline.stages}

    assert {step.name for step in STEPS} == needed


@pytest.mark.parametrize("job", JOBS, ids=lambda one: one.name)
def test_a_job_has_a_schedule_of_five_fields_and_runs_one_at_a_time(job: Job) -> None:
    assert len(job.schedule.split()) == 5
    assert job.concurrency == 1
