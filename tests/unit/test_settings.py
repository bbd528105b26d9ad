"""Settings: what is missing or wrong is named, and no value is ever shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.settings import Settings, SettingsError, read_settings
from tests.unit.environment import ENVIRONMENT, JWT, a_settings

REQUIRED = sorted(set(ENVIRONMENT) - {"PLAYHEAD_OIDC_TRUST"})


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment)
    return str(refused.value)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_is_named(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}

    assert f"{name}: Field required" in refusal(environment)


def test_all_missing_settings_are_named_at_once() -> None:
    said = refusal({"PLAYHEAD_OIDC_TRUST": "verify"})

    assert all(name in said for name in REQUIRED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLAYHEAD_KEY_PEPPER", "planted-secret"),
        ("PLAYHEAD_OIDC_TRUST", "planted-secret"),
        ("PLAYHEAD_RATE_PER_S", "planted-secret"),
        ("PLAYHEAD_RATE_BURST", "0"),
        ("PLAYHEAD_STEP_LEASE_S", "-3"),
        ("PLAYHEAD_FUNCTION_URLS", '{"a": ["planted-secret"]}'),
        ("PLAYHEAD_CORS_ORIGINS", '"planted-secret"'),
        ("PLAYHEAD_MAX_REQUEST_BYTES", '"planted-secret"'),
    ],
)
def test_a_setting_that_is_not_valid_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    said = refusal({**ENVIRONMENT, name: value})

    assert name in said
    assert "planted-secret" not in said
    assert ENVIRONMENT["PLAYHEAD_KEY_PEPPER"] not in said


@pytest.mark.parametrize(
    "name",
    [
        "PLAYHEAD_FUNCTION_URLS",
        "PLAYHEAD_CORS_ORIGINS",
        "PLAYHEAD_MAX_REQUEST_BYTES",
        "PLAYHEAD_MAX_STREAM_BYTES",
    ],
)
def test_a_setting_that_should_be_json_and_is_not_is_named(name: str) -> None:
    said = refusal({**ENVIRONMENT, name: "{planted-secret"})

    assert name in said
    assert "planted-secret" not in said


def test_a_log_level_that_does_not_exist_is_refused_at_the_start() -> None:
    assert "PLAYHEAD_LOG_LEVEL" in refusal({**ENVIRONMENT, "PLAYHEAD_LOG_LEVEL": "LOUD"})


def test_trusting_the_platform_is_refused_outside_of_it() -> None:
    assert "oidc_trust=platform" in refusal({**ENVIRONMENT, "PLAYHEAD_OIDC_TRUST": "platform"})


def test_trusting_the_platform_is_refused_outside_of_it_by_default() -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "PLAYHEAD_OIDC_TRUST"}

    assert "oidc_trust=platform" in refusal(environment)


def test_whether_this_is_the_platform_is_read_from_the_environment_that_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("K_SERVICE", "capture-get-recording")

    assert "oidc_trust=platform" in refusal({**ENVIRONMENT, "PLAYHEAD_OIDC_TRUST": "platform"})


def test_trusting_the_platform_is_for_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("K_SERVICE", raising=False)

    chosen = read_settings({**ENVIRONMENT, "PLAYHEAD_OIDC_TRUST": "platform", "K_SERVICE": "capture-get-recording"})

    assert chosen.oidc_trust == "platform"


@pytest.mark.parametrize("name", REQUIRED)
def test_a_setting_that_is_empty_is_missing(name: str) -> None:
    assert f"{name}: Field required" in refusal({**ENVIRONMENT, name: ""})


def test_a_setting_that_is_empty_has_its_default() -> None:
    optional = [f"PLAYHEAD_{name.upper()}" for name in Settings.model_fields]
    empty = {name: "" for name in optional if name not in ENVIRONMENT}

    assert "PLAYHEAD_JWT_ISSUER" in empty
    assert a_settings(**empty) == a_settings()


@pytest.mark.parametrize("empty", sorted(JWT))
def test_an_empty_setting_of_callers_jwts_does_not_pass_for_one(empty: str) -> None:
    assert "go together" in refusal({**ENVIRONMENT, **JWT, empty: ""})


@pytest.mark.parametrize("left_out", sorted(JWT))
def test_the_settings_of_callers_jwts_go_together(left_out: str) -> None:
    some = {name: value for name, value in JWT.items() if name != left_out}

    assert "go together" in refusal({**ENVIRONMENT, **some})
    assert a_settings(**JWT).jwt_issuer == "https://issuer.test"


def test_json_settings_are_read() -> None:
    chosen = a_settings(
        PLAYHEAD_FUNCTION_URLS=json.dumps({"steps_remux_video": "http://127.0.0.1:1/fn/x"}),
        PLAYHEAD_CORS_ORIGINS='["https://app.test"]',
        PLAYHEAD_MAX_REQUEST_BYTES="null",
        PLAYHEAD_MAX_STREAM_BYTES="17",
    )

    assert chosen.url_of("steps_remux_video") == "http://127.0.0.1:1/fn/x"
    assert chosen.cors_origins == ("https://app.test",)
    assert (chosen.max_request_bytes, chosen.max_stream_bytes) == (None, 17)


def test_a_functions_url_has_dashes_for_its_name() -> None:
    assert a_settings().url_of("capture_get_recording") == "https://functions.test/capture-get-recording"


@pytest.mark.parametrize("rendered", [repr, str, lambda chosen: chosen.model_dump_json()])
def test_the_pepper_does_not_show_in_a_rendering_of_the_settings(rendered: Any) -> None:
    assert ENVIRONMENT["PLAYHEAD_KEY_PEPPER"] not in rendered(a_settings())


def test_other_variables_of_the_environment_are_no_settings() -> None:
    assert a_settings(PLAYHEAD_DATA="/somewhere", PATH="/bin") == a_settings()
