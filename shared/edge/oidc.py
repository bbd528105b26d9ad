"""Who may call a step, a trigger or a job: only the service account that infrastructure named for it.

Cloud Run checks a token's signature and strips it before a function sees the token, so there (`platform`) only the
claims are checked; everywhere else (`verify`) the signature is checked here.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import jwt

from shared.errors import Unauthorized, Upstream
from shared.settings import Settings

LEEWAY_S = 60
JWKS_TIMEOUT_S = 5
JWKS_KEPT_S = 3600
#: Anybody may send a token of a key id that does not exist: it makes us fetch no more often than this.
JWKS_REFRESH_S = 30
JWKS_RETRY_S = 5


class KeySource(jwt.PyJWKClient):
    """The keys behind a JWKS URL, kept for an hour; fetched one at a time, and only so often."""

    def __init__(self, url: str, *, refresh_s: float = JWKS_REFRESH_S, retry_s: float = JWKS_RETRY_S) -> None:
        super().__init__(url, lifespan=JWKS_KEPT_S, timeout=JWKS_TIMEOUT_S, cooldown_duration=refresh_s)
        self._retry_s = retry_s
        self._retry_at_s = 0.0

    def fetch_data(self) -> Any:
        """The keys as they are published now; the lock of the client is held.

        Raises:
            Upstream: they cannot be had, or could not be a moment ago.
        """
        if time.monotonic() < self._retry_at_s:
            raise Upstream("the keys of the token's issuer could not be had a moment ago")
        try:
            return super().fetch_data()
        except (jwt.PyJWTError, OSError, ValueError) as error:
            self._retry_at_s = time.monotonic() + self._retry_s
            raise Upstream("the keys of the token's issuer cannot be had") from error


@cache
def key_source(url: str) -> KeySource:
    """The one source of the keys behind a URL."""
    return KeySource(url)


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer` header.

    Raises:
        Unauthorized: there is none.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("a bearer token is needed")
    return token.strip()


def require_invoker(authorization: str | None, *, account: str, audience: str, settings: Settings) -> None:
    """Refuse everybody but `account` with a token for `audience`.

    Raises:
        Unauthorized: no token, or one that is expired, badly signed, or somebody else's.
        Upstream: the issuer's keys cannot be had.
    """
    token = bearer(authorization)
    try:
        claims = _claims(token, audience=audience, settings=settings)
    except jwt.PyJWTError as error:
        raise Unauthorized(f"the token is not valid ({type(error).__name__})") from None
    if claims.get("email") != account or claims.get("email_verified") is not True:
        raise Unauthorized("the token is not of the account that may call this")


def _claims(token: str, *, audience: str, settings: Settings) -> dict[str, Any]:
    required = ["iss", "aud", "exp", "email"]
    if settings.oidc_trust == "platform":
        claims: dict[str, Any] = jwt.decode(
            token,
            options={"verify_signature": False, "verify_aud": True, "verify_exp": True, "require": required},
            audience=audience,
            leeway=LEEWAY_S,
        )
        return claims
    key = key_source(settings.oidc_jwks_url).get_signing_key_from_jwt(token).key
    verified: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience,
        issuer=settings.oidc_issuer,
        leeway=LEEWAY_S,
        options={"require": required},
    )
    return verified
