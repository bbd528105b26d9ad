"""A deployed function starts with exactly the settings that the product reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.environment import environment_of
from infra.target import Target
from shared.edge.declarations import Declaration, Endpoint
from shared.settings import Settings, read_settings
from tests.infra.recorded_stack import (
    DOMAIN,
    FUNCTION,
    PEPPER,
    PROJECT,
    PROJECT_NUMBER,
    REGION,
    SETTINGS,
    Inputs,
    RecordedStack,
)

FIELDS = {f"PLAYHEAD_{name.upper()}": setting for name, setting in Settings.model_fields.items()}
TARGET = Target(project=PROJECT, project_number=PROJECT_NUMBER, region=REGION, domain=DOMAIN)


def test_every_variable_is_a_setting_and_every_required_setting_is_a_variable(stack: RecordedStack) -> None:
    required = {variable for variable, setting in FIELDS.items() if setting.is_required()}

    for inputs in stack.of_type(FUNCTION).values():
        secrets = {secret["key"] for secret in inputs["serviceConfig"]["secretEnvironmentVariables"]}
        ours = {name for name in variables(inputs) if name.startswith("PLAYHEAD_")} | secrets
        assert ours <= FIELDS.keys()
        assert required <= ours


def test_every_function_can_read_its_environment(stack: RecordedStack, declared: list[Declaration]) -> None:
    for one in declared:
        set_by_us = variables(stack.function(one.name)) | {"PLAYHEAD_KEY_PEPPER": PEPPER}
        settings = read_settings(set_by_us | {"K_SERVICE": "as on Cloud Run"})

        assert settings.project == PROJECT
        assert settings.location == REGION
        assert settings.step_invoker == f"step-invoker@{PROJECT}.iam.gserviceaccount.com"
        assert settings.url_of(one.name) == TARGET.url_of(one.name)


def test_the_buckets_and_queues_of_the_settings_are_those_that_are_created(stack: RecordedStack) -> None:
    created = {bucket["name"] for bucket in stack.of_type("gcp:storage/bucket:Bucket").values()}
    queues = stack.of_type("gcp:cloudtasks/queue:Queue").values()

    for inputs in stack.of_type(FUNCTION).values():
        environment = variables(inputs)
        assert {environment["PLAYHEAD_UPLOADS_BUCKET"], environment["PLAYHEAD_MEDIA_BUCKET"]} < created
        assert {queue["location"] for queue in queues} == {environment["PLAYHEAD_LOCATION"]}


def test_only_what_iam_keeps_private_trusts_the_platform_to_have_verified_tokens(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    public = {
        grant["name"]
        for grant in stack.of_type("gcp:cloudrunv2/serviceIamMember:ServiceIamMember").values()
        if grant["member"] == "allUsers"
    }

    for one in declared:
        inputs = stack.function(one.name)
        expected = "verify" if inputs["name"] in public else "platform"
        assert variables(inputs)["PLAYHEAD_OIDC_TRUST"] == expected


def test_what_the_stack_chooses_reaches_every_function(stack: RecordedStack) -> None:
    assert SETTINGS == {"cors_origins": ["https://app.example.com"], "rate_per_s": 25, "max_stream_bytes": None}

    for inputs in stack.of_type(FUNCTION).values():
        environment = variables(inputs)
        assert environment["PLAYHEAD_CORS_ORIGINS"] == '["https://app.example.com"]'
        assert environment["PLAYHEAD_RATE_PER_S"] == "25"
        assert environment["PLAYHEAD_MAX_STREAM_BYTES"] == "null"


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"rate_per_sec": 5}, "no such setting: rate_per_sec"),
        ({"oidc_trust": "verify"}, "set by the deployment itself: oidc_trust"),
        ({"key_pepper": PEPPER}, "set by the deployment itself: key_pepper"),
    ],
)
def test_a_setting_that_is_not_the_stacks_to_choose_is_refused(
    chosen: dict[str, object], reason: str, declared: list[Declaration]
) -> None:
    endpoint = next(one for one in declared if isinstance(one, Endpoint))

    with pytest.raises(ValueError, match=reason):
        environment_of(endpoint, replace(TARGET, settings=chosen), {})


def test_a_function_that_has_another_url_is_called_there_and_expects_tokens_for_it() -> None:
    moved = replace(TARGET, settings={"function_urls": {"jobs_purge_deleted": "https://elsewhere.example.com"}})

    assert moved.url_of("jobs_purge_deleted") == "https://elsewhere.example.com"
    assert moved.url_of("jobs_sweep_orphans") == f"https://jobs-sweep-orphans-{PROJECT_NUMBER}.{REGION}.run.app"


def test_the_pepper_is_in_secret_manager_and_nowhere_else(stack: RecordedStack) -> None:
    holders = [kind for (kind, _), inputs in stack.resources.items() if PEPPER in repr(inputs)]

    assert holders == ["gcp:secretmanager/secretVersion:SecretVersion"]
    for inputs in stack.of_type(FUNCTION).values():
        assert inputs["serviceConfig"]["secretEnvironmentVariables"] == [
            {"key": "PLAYHEAD_KEY_PEPPER", "projectId": PROJECT, "secret": "key-pepper", "version": "1"}
        ]


def test_the_outputs_that_hold_the_pepper_are_secret(stack: RecordedStack) -> None:
    holders = {name for name, value in stack.outputs.items() if PEPPER in repr(value)}

    assert holders == stack.secret_outputs == {"environment"}


def test_the_command_line_can_reach_the_deployment_with_the_stacks_outputs(stack: RecordedStack) -> None:
    settings = read_settings(stack.outputs["environment"])

    assert settings.key_pepper.get_secret_value() == PEPPER
    assert settings.project == PROJECT


def test_the_stack_says_where_the_api_is_and_what_its_a_record_has_to_hold(stack: RecordedStack) -> None:
    assert stack.outputs["url"] == f"https://{DOMAIN}"
    assert stack.outputs["address"] == "192.0.2.1"


def variables(function: Inputs) -> dict[str, str]:
    environment: dict[str, str] = function["serviceConfig"]["environmentVariables"]
    return environment
