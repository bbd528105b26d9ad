"""A deployed function starts with exactly the settings that the product reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.environment import environment_of
from infra.target import Target
from shared.edge.declarations import Declaration, Endpoint
from shared.ports.meetings import Meetings
from shared.settings import Settings, read_settings
from tests.infra.recorded_stack import (
    CLOUDFLARE_TOKEN,
    DOMAIN,
    PEPPER,
    PROJECT,
    PROJECT_NUMBER,
    REGION,
    SETTINGS,
    RecordedStack,
)

FIELDS = {f"PLAYHEAD_{name.upper()}": setting for name, setting in Settings.model_fields.items()}
TARGET = Target(project=PROJECT, project_number=PROJECT_NUMBER, region=REGION, domain=DOMAIN)


def test_every_variable_is_a_setting_and_every_required_setting_is_a_variable(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    required = {variable for variable, setting in FIELDS.items() if setting.is_required()}

    for one in declared:
        runtime = stack.runtime_of(one.name)
        ours = {name for name in runtime.environment if name.startswith("PLAYHEAD_")} | runtime.secrets.keys()
        assert ours <= FIELDS.keys()
        assert required <= ours


def test_every_function_can_read_its_environment(stack: RecordedStack, declared: list[Declaration]) -> None:
    for one in declared:
        set_by_us = {**stack.runtime_of(one.name).environment, "PLAYHEAD_KEY_PEPPER": PEPPER}
        settings = read_settings(set_by_us | {"K_SERVICE": "as on Cloud Run"})

        assert settings.project == PROJECT
        assert settings.location == REGION
        assert settings.step_invoker == f"step-invoker@{PROJECT}.iam.gserviceaccount.com"
        assert settings.url_of(one.name) == TARGET.url_of(one.name)


def test_the_buckets_and_queues_of_the_settings_are_those_that_are_created(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    created = {bucket["name"] for bucket in stack.of_type("gcp:storage/bucket:Bucket").values()}
    queues = stack.of_type("gcp:cloudtasks/queue:Queue").values()

    for one in declared:
        environment = stack.runtime_of(one.name).environment
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
        runtime = stack.runtime_of(one.name)
        expected = "verify" if runtime.name in public else "platform"
        assert runtime.environment["PLAYHEAD_OIDC_TRUST"] == expected


def test_what_the_stack_chooses_reaches_every_function(stack: RecordedStack, declared: list[Declaration]) -> None:
    assert SETTINGS == {"cors_origins": ["https://app.example.com"], "rate_per_s": 25, "max_stream_bytes": None}

    for one in declared:
        environment = stack.runtime_of(one.name).environment
        assert environment["PLAYHEAD_CORS_ORIGINS"] == '["https://app.example.com"]'
        assert environment["PLAYHEAD_RATE_PER_S"] == "25"
        assert environment["PLAYHEAD_MAX_STREAM_BYTES"] == "null"


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"rate_per_sec": 5}, "no such setting: rate_per_sec"),
        ({"oidc_trust": "verify"}, "set by the deployment itself: oidc_trust"),
        ({"key_pepper": PEPPER}, "to be set with `pulumi config set --secret`: key_pepper"),
        ({"sealing_key": "x"}, "to be set with `pulumi config set --secret`: sealing_key"),
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


@pytest.mark.parametrize("secret", [PEPPER, CLOUDFLARE_TOKEN], ids=["required", "optional"])
def test_a_secret_is_in_secret_manager_and_nowhere_else(secret: str, stack: RecordedStack) -> None:
    holders = [kind for (kind, _), inputs in stack.resources.items() if secret in repr(inputs)]

    assert holders == ["gcp:secretmanager/secretVersion:SecretVersion"]


def test_a_secret_that_the_stack_leaves_out_is_not_kept(stack: RecordedStack) -> None:
    kept = {inputs["secretId"] for inputs in stack.of_type("gcp:secretmanager/secret:Secret").values()}

    assert kept == {"key-pepper", "cloudflare-api-token"}


def test_a_function_is_given_the_pepper_and_of_the_other_secrets_those_that_its_ports_read(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    for one in declared:
        expected = {"PLAYHEAD_KEY_PEPPER": "key-pepper"}
        if Meetings in one.ports.values():
            expected["PLAYHEAD_CLOUDFLARE_API_TOKEN"] = "cloudflare-api-token"
        assert stack.runtime_of(one.name).secrets == expected, one.name

    assert any(Meetings in one.ports.values() for one in declared)


@pytest.mark.parametrize("secret", [PEPPER, CLOUDFLARE_TOKEN], ids=["required", "optional"])
def test_the_outputs_that_hold_a_secret_are_secret(secret: str, stack: RecordedStack) -> None:
    holders = {name for name, value in stack.outputs.items() if secret in repr(value)}

    assert holders == stack.secret_outputs == {"environment"}


def test_the_command_line_can_reach_the_deployment_with_the_stacks_outputs(stack: RecordedStack) -> None:
    settings = read_settings(stack.outputs["environment"])

    assert settings.key_pepper.get_secret_value() == PEPPER
    assert settings.project == PROJECT


def test_the_stack_says_where_the_api_is_and_what_its_a_record_has_to_hold(stack: RecordedStack) -> None:
    assert stack.outputs["url"] == f"https://{DOMAIN}"
    assert stack.outputs["address"] == "192.0.2.1"
