"""Where a stack is deployed, as its configuration says, and the names that follow from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_gcp import organizations
from pydantic import SecretStr

from shared.settings import Settings

#: Settings that are kept in Secret Manager and given to the stack under their own names; those that need not be set
#: are kept only when the stack sets them.
SECRETS = tuple(
    name for name, setting in Settings.model_fields.items() if setting.annotation in (SecretStr, SecretStr | None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One deployment's place."""

    project: str
    project_number: str
    region: str
    domain: str
    settings: Mapping[str, Any] = field(default_factory=dict)  #: optional settings of the operator's choice, by field
    secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)  #: by field
    browser_image: str | None = None  #: what the functions of the profile `browser` run in

    @property
    def function_url(self) -> str:
        # Of a function's URLs, Cloud Run's deterministic one is known before the function exists, and calls of
        # Cloud Tasks, Cloud Scheduler and Eventarc to it count as internal traffic.
        return f"https://{{name}}-{self.project_number}.{self.region}.run.app"

    def url_of(self, function: str) -> str:
        """The URL of a function, exactly as the functions themselves will know it."""
        urls = self.settings.get("function_urls", {})
        return Settings.model_construct(function_url=self.function_url, function_urls=urls).url_of(function)

    def bucket_name(self, role: str) -> str:
        """The name of a bucket; bucket names are shared by all of Cloud Storage, so it carries the project."""
        return f"{self.project}-{role}"


def read_target() -> Target:
    """The place that the stack's configuration names.

    Raises:
        pulumi.ConfigMissingError: a required key is not set; the message says how to set it.
    """
    config, google = pulumi.Config(), pulumi.Config("gcp")
    project = google.require("project")
    return Target(
        project=project,
        project_number=organizations.get_project(project_id=project).number,
        region=google.require("region"),
        domain=config.require("domain"),
        settings=config.get_object("settings") or {},
        secrets=dict(_read_secrets(config)),
        browser_image=config.get("browserImage"),
    )


def _read_secrets(config: pulumi.Config) -> Iterator[tuple[str, pulumi.Output[str]]]:
    for name in SECRETS:
        if Settings.model_fields[name].is_required():
            yield name, config.require_secret(name)
        elif (secret := config.get_secret(name)) is not None:
            yield name, secret


def slug_of(function: str) -> str:
    """The name of a deployed function: what its Python name becomes in URLs."""
    return function.replace("_", "-")


def account_id_of(function: str) -> str:
    """The id of a function's service account: at most 30 characters, another for every function."""
    digest = hashlib.sha256(function.encode()).hexdigest()[:8]
    return f"{slug_of(function)[:21].rstrip('-')}-{digest}"
