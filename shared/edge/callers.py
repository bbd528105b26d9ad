"""Who is asking: an API key or a JWT, in `Authorization: Bearer` or `X-API-Key`."""

from __future__ import annotations

from datetime import datetime

import jwt
from werkzeug.datastructures import Headers

from shared import ports
from shared.edge.oidc import LEEWAY_S, bearer, key_source
from shared.errors import Unauthorized
from shared.recordings.keys import opens, split_key
from shared.recordings.recording import NOBODY, Caller
from shared.settings import Settings


def identify(headers: Headers, *, keys: ports.Keys, now: datetime, settings: Settings) -> Caller:
    """The caller that the credentials name.

    Raises:
        Unauthorized: none, not valid, or two that disagree. The answer never says which of these.
        Upstream: the keys of the token's issuer cannot be had.
    """
    authorization, api_key = headers.get("Authorization"), headers.get("X-API-Key")
    found = []
    if authorization is not None:
        found.append(_of_token(_token(authorization), keys=keys, now=now, settings=settings))
    if api_key is not None:
        found.append(_of_key(api_key.strip(), keys=keys, now=now, settings=settings))
    if len({(caller.tenant_id, caller.user_id) for caller in found}) != 1:
        raise Unauthorized
    if NOBODY in (found[0].tenant_id, found[0].user_id):
        raise Unauthorized
    return found[0]


def _token(authorization: str) -> str:
    try:
        return bearer(authorization)
    except Unauthorized:
        raise Unauthorized from None  # without saying what is wrong with it


def _of_token(token: str, *, keys: ports.Keys, now: datetime, settings: Settings) -> Caller:
    if token.startswith("ph_"):
        return _of_key(token, keys=keys, now=now, settings=settings)
    return _of_jwt(token, settings=settings)


def _of_key(text: str, *, keys: ports.Keys, now: datetime, settings: Settings) -> Caller:
    parts = split_key(text)
    if parts is None:
        raise Unauthorized
    key_id, secret = parts
    key = keys.find(key_id)
    if not opens(key, secret, pepper=settings.key_pepper.get_secret_value(), now=now) or key is None:
        raise Unauthorized
    return key.caller()


def _of_jwt(token: str, *, settings: Settings) -> Caller:
    if settings.jwt_jwks_url is None:
        raise Unauthorized
    try:
        key = key_source(settings.jwt_jwks_url).get_signing_key_from_jwt(token).key
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            leeway=LEEWAY_S,
            options={"require": ["iss", "aud", "exp", "sub"]},
        )
    except jwt.PyJWTError:
        raise Unauthorized from None
    tenant, subject = claims.get(settings.jwt_tenant_claim), claims.get("sub")
    if not (isinstance(tenant, str) and tenant and isinstance(subject, str) and subject):
        raise Unauthorized
    return Caller(tenant_id=tenant, user_id=subject)
