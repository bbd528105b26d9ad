"""Who may call a step, a trigger or a job on the platform, which has checked the signature and taken it off."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from shared.edge.oidc import require_invoker
from shared.errors import Unauthorized
from shared.settings import Settings
from tests.unit.environment import a_settings

AUDIENCE, ACCOUNT = "https://functions.test/steps-pin-upload", "tasks@playhead.test"


@pytest.fixture
def on_the_platform() -> Settings:
    return a_settings(PLAYHEAD_OIDC_TRUST="platform", K_SERVICE="steps-pin-upload")


def token(**changes: Any) -> str:
    """A token as Cloud Run hands it over; a claim that is None is left out."""
    claims = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "exp": int(time.time()) + 600,
        "email": ACCOUNT,
        "email_verified": True,
        **changes,
    }
    head, body = ({"alg": "RS256", "kid": "k"}, {name: value for name, value in claims.items() if value is not None})
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, body)]
    return f"Bearer {parts[0]}.{parts[1]}.SIGNATURE_REMOVED_BY_GOOGLE"


def require(authorization: str | None, settings: Settings) -> None:
    require_invoker(authorization, account=ACCOUNT, audience=AUDIENCE, settings=settings)


def test_the_invoker_is_let_through(on_the_platform: Settings) -> None:
    require(token(), on_the_platform)
    require(token(aud=[AUDIENCE]), on_the_platform)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "somebody@playhead.test"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"aud": "https://functions.test/steps-remux-video"},
        {"aud": None},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"iss": None},
    ],
    ids=lambda claims: "-".join(f"{name}={value}" for name, value in claims.items()),
)
def test_anybody_else_is_refused(on_the_platform: Settings, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        require(token(**claims), on_the_platform)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eA=="])
def test_what_is_no_token_is_refused(on_the_platform: Settings, authorization: str | None) -> None:
    with pytest.raises(Unauthorized):
        require(authorization, on_the_platform)


def test_a_refusal_never_repeats_the_token(on_the_platform: Settings) -> None:
    sent = token(exp=1)

    with pytest.raises(Unauthorized) as refusal:
        require(sent, on_the_platform)

    assert sent.split(".")[1] not in refusal.value.message
