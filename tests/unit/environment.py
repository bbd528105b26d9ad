"""The environment of a deployment that is complete."""

from __future__ import annotations

from shared.settings import Settings, read_settings

ENVIRONMENT = {
    "PLAYHEAD_PROJECT": "playhead-test",
    "PLAYHEAD_UPLOADS_BUCKET": "uploads",
    "PLAYHEAD_MEDIA_BUCKET": "media",
    "PLAYHEAD_FUNCTION_URL": "https://functions.test/{name}",
    "PLAYHEAD_KEY_PEPPER": "a-pepper-of-at-least-32-characters",
    "PLAYHEAD_STEP_INVOKER": "tasks@playhead.test",
    "PLAYHEAD_TRIGGER_INVOKER": "eventarc@playhead.test",
    "PLAYHEAD_JOB_INVOKER": "scheduler@playhead.test",
    "PLAYHEAD_OIDC_TRUST": "verify",
}
JWT = {
    "PLAYHEAD_JWT_ISSUER": "https://issuer.test",
    "PLAYHEAD_JWT_AUDIENCE": "playhead",
    "PLAYHEAD_JWT_JWKS_URL": "https://issuer.test/keys",
}


def a_settings(**changed: str) -> Settings:
    """Settings of a deployment that is complete."""
    return read_settings({**ENVIRONMENT, **changed})
