"""Every setting of a function, read from the environment once.

A missing required setting stops the function at start and is named. An empty variable counts as none: the setting is
missing, or has its default. `infra/` sets exactly these.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, model_validator


class SettingsError(SystemExit):
    """The environment does not hold what a function needs."""


class Settings(BaseModel):
    """The settings; each is the environment variable `PLAYHEAD_<NAME>`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    project: str = Field(description="Google Cloud project of Firestore, the buckets and the queues.")
    location: str = Field("europe-west1", description="Region of the queues.")
    uploads_bucket: str = Field(description="Bucket that clients write to by signed URLs.")
    media_bucket: str = Field(description="Bucket of everything that Playhead writes.")
    function_url: str = Field(
        description="URL of a function, with `{name}` (dashes) for its name, e.g. https://host/{name}."
    )
    function_urls: dict[str, str] = Field(
        default_factory=dict, description="JSON object: URLs of functions that do not follow `function_url`."
    )
    key_pepper: SecretStr = Field(min_length=32, description="Secret under which API keys are hashed.")
    step_invoker: str = Field(description="Service account whose OIDC tokens the steps accept.")
    trigger_invoker: str = Field(description="Service account whose OIDC tokens the triggers accept.")
    job_invoker: str = Field(description="Service account whose OIDC tokens the jobs accept.")
    oidc_trust: Literal["platform", "verify"] = Field(
        "platform",
        description="`platform`: Cloud Run has verified the token's signature; `verify`: verify it here.",
    )
    oidc_issuer: str = Field("https://accounts.google.com", description="Issuer of those tokens.")
    oidc_jwks_url: str = Field(
        "https://www.googleapis.com/oauth2/v3/certs", description="Keys of that issuer, for `verify`."
    )
    jwt_issuer: str | None = Field(None, description="Issuer of callers' JWTs; none: only API keys.")
    jwt_audience: str | None = Field(None, description="Audience that callers' JWTs must name.")
    jwt_jwks_url: str | None = Field(None, description="Keys of that issuer.")
    jwt_tenant_claim: str = Field("tenant_id", description="Claim of a caller's JWT that names the tenant.")
    cors_origins: tuple[str, ...] = Field(
        (), description="JSON array: web origins that may call the API; `*` alone for any."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="JSON array: `host` or `host:port` that a user's URL may name though it is not public."
    )
    frame_reader: Literal["ocr", "gemini"] = Field(
        "ocr", description="What reads the elements on a frame: the packaged OCR, or Gemini on Vertex AI."
    )
    whisper_model_dir: str | None = Field(
        None, description="Folder of the Whisper model that transcribes speech; none: the packaged one."
    )
    analyst: Literal["offline", "gemini"] = Field(
        "offline", description="What analyses a recording: rules over its evidence, or Gemini on Vertex AI."
    )
    analyst_fallback: bool = Field(
        True, description="Whether the offline analyst steps in, and says so, where Gemini gives no usable answer."
    )
    analysis_max_tokens: int = Field(
        100_000, ge=1_000, description="About how much of the evidence an analysis reads, in tokens."
    )
    gemini_model: str = Field("gemini-2.5-flash", description="The model, for `gemini`.")
    gemini_location: str = Field("global", description="The Vertex AI location of the model.")
    gemini_url: str | None = Field(None, description="Where Vertex AI's REST API is, if not Google's own.")
    cloudflare_account_id: str | None = Field(None, description="Cloudflare account of the meetings of rooms.")
    cloudflare_app_id: str | None = Field(None, description="RealtimeKit app of the meetings of rooms.")
    cloudflare_api_token: SecretStr | None = Field(None, description="API token for that app.")
    cloudflare_url: str | None = Field(None, description="Where Cloudflare's API is, if not Cloudflare's own.")
    realtimekit_keys_url: str = Field(
        "https://api.realtime.cloudflare.com/.well-known/webhooks.json",
        description="Where the key is that RealtimeKit's webhooks are signed with.",
    )
    recording_ready_secret: SecretStr | None = Field(
        None, description="Secret under which `recording-ready` webhooks are signed; none: they are refused."
    )
    recording_hosts: tuple[str, ...] = Field(
        (), description="JSON array: hosts that a `recording-ready` webhook may name for a download."
    )
    r2_bucket: str | None = Field(None, description="Bucket of the files of rooms.")
    r2_url: str | None = Field(None, description="S3 endpoint of that bucket; none: Amazon's own.")
    r2_region: str = Field("auto", description="Region of that bucket.")
    r2_access_key_id: str | None = Field(None, description="Access key for that bucket.")
    r2_secret_access_key: SecretStr | None = Field(None, description="Its secret.")
    glacier_bucket: str | None = Field(None, description="Bucket of the archived files of rooms.")
    glacier_url: str | None = Field(None, description="S3 endpoint of that bucket; none: Amazon's own.")
    glacier_region: str = Field("eu-west-1", description="Region of that bucket.")
    glacier_access_key_id: str | None = Field(None, description="Access key for that bucket.")
    glacier_secret_access_key: SecretStr | None = Field(None, description="Its secret.")
    glacier_storage_class: str = Field("GLACIER", description="Storage class of archived files.")
    archive_min_days: int = Field(
        90, ge=0, description="Retention that a recording must have left to be archived by itself: Glacier's minimum."
    )
    sealing_key: SecretStr | None = Field(
        None, description="Key that tenants' webhook secrets are encrypted under: 32 bytes in URL-safe base64."
    )
    rate_per_s: float = Field(50, gt=0, description="Requests a second per key and instance (approximate).")
    rate_burst: int = Field(200, gt=0, description="Requests that a quiet key may make at once.")
    anonymous_create: bool = Field(
        False, description="Whether feedback may be left without credentials, so many times an hour per address."
    )
    trusted_hops: int = Field(
        0, ge=0, description="Which `X-Forwarded-For` entry is a visitor's address, from the right; 0: the peer itself."
    )
    presigned_uploads: bool = Field(
        True, description="Whether clients of feedback are given URLs that take the video directly."
    )
    max_request_bytes: int | None = Field(
        32 * 1024 * 1024, description="Largest request body; the platform's own cap is 32 MB. `null`: none."
    )
    max_stream_bytes: int | None = Field(
        10_000_000, description="Largest streamed answer, above it a redirect to storage. `null`: none."
    )
    max_waiters: int = Field(20, ge=1, description="How many requests of one instance may wait for a run.")
    step_lease_s: float = Field(60, gt=0, description="How long a silent worker keeps a step, in seconds.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Least severe log level that is written."
    )

    @model_validator(mode="after")
    def _is_consistent(self, info: ValidationInfo) -> Settings:
        environment: Mapping[str, str] = info.context or {}
        if self.oidc_trust == "platform" and "K_SERVICE" not in environment:
            raise ValueError("oidc_trust=platform is only for Cloud Run, which verifies tokens before we see them")
        jwt = (self.jwt_issuer, self.jwt_audience, self.jwt_jwks_url)
        if any(jwt) and not all(jwt):
            raise ValueError("jwt_issuer, jwt_audience and jwt_jwks_url go together")
        return self

    @property
    def step_lease(self) -> timedelta:
        return timedelta(seconds=self.step_lease_s)

    def url_of(self, function: str) -> str:
        """The URL of a function, which is also the audience of tokens for it."""
        return self.function_urls.get(function) or self.function_url.format(name=function.replace("_", "-"))


_PREFIX = "PLAYHEAD_"
_JSON_FIELDS = frozenset(
    {"allowed_hosts", "function_urls", "cors_origins", "max_request_bytes", "max_stream_bytes", "recording_hosts"}
)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment holds.

    Raises:
        SettingsError: some are missing or not valid; the message names them and never their values.
    """
    values: dict[str, object] = {}
    for name in Settings.model_fields:
        text = environment.get(_PREFIX + name.upper())
        if text:
            values[name] = _from_json(name, text) if name in _JSON_FIELDS else text
    try:
        return Settings.model_validate(values, context=environment)
    except ValidationError as error:
        problems = "; ".join(
            f"{_PREFIX}{'.'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False)
        )
        raise SettingsError(f"settings are not valid: {problems}") from None


def _from_json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise SettingsError(f"settings are not valid: {_PREFIX}{name.upper()} is not JSON") from None


@cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ)
