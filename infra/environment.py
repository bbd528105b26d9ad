"""The environment of a deployed function: the settings of `shared/settings.py`, each set once, from one place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

import pulumi
from pulumi_gcp import serviceaccount

from infra.target import SECRETS, Target
from shared.edge.declarations import Declaration, Endpoint
from shared.recordings.recording import Bucket
from shared.settings import Settings

PREFIX = "PLAYHEAD_"


def environment_of(
    declaration: Declaration, target: Target, invokers: Mapping[str, serviceaccount.Account]
) -> dict[str, pulumi.Input[str]]:
    """The variables of one function, without the secrets.

    Raises:
        ValueError: the stack chooses a setting that is none, or a secret, or that follows from the deployment.
    """
    derived: dict[str, pulumi.Input[str]] = {
        "project": target.project,
        "location": target.region,
        "function_url": target.function_url,
        "oidc_trust": "platform" if is_private(declaration) else "verify",
    }
    derived |= {f"{bucket}_bucket": target.bucket_name(bucket) for bucket in Bucket}
    derived |= {f"{kind}_invoker": account.email for kind, account in invokers.items()}
    chosen = _chosen(target.settings, taken=derived.keys())
    return {variable_of(name): value for name, value in (derived | chosen).items()}


def is_private(declaration: Declaration) -> bool:
    """Whether only the platform may call the function. IAM sees to it, so its tokens come verified."""
    return not isinstance(declaration, Endpoint)


def variable_of(setting: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + setting.upper()


def _chosen(settings: Mapping[str, Any], *, taken: Set[str]) -> dict[str, str]:
    if unknown := settings.keys() - Settings.model_fields.keys():
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    if twice := settings.keys() & taken:
        raise ValueError(f"set by the deployment itself: {', '.join(sorted(twice))}")
    if open_secrets := settings.keys() & set(SECRETS):
        raise ValueError(f"to be set with `pulumi config set --secret`: {', '.join(sorted(open_secrets))}")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}
