"""Verify V4 signed URLs as production does: who signed, what exactly, and until when."""

import datetime as dt
import hashlib
import re
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from shared.local.storage.errors import (
    AccessDenied,
    ExpiredToken,
    InvalidRequest,
    MalformedSecurityHeader,
    SignatureDoesNotMatch,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_ALGORITHM = "GOOG4-RSA-SHA256"
_MAX_LIFETIME_S = 7 * 24 * 3600
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your Google secret key and signing method."
)


@dataclass(frozen=True)
class _Signature:
    """The `X-Goog-…` parameters of a signed URL."""

    account: str
    scope: str
    date: str
    expires_in_s: int
    signed_headers: tuple[str, ...]
    hex_digits: str

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "_Signature":
        try:
            account, scope = query["X-Goog-Credential"].split("/", 1)
            return cls(
                account,
                scope,
                query["X-Goog-Date"],
                int(query["X-Goog-Expires"]),
                tuple(query["X-Goog-SignedHeaders"].split(";")),
                query["X-Goog-Signature"],
            )
        except (KeyError, ValueError) as error:
            raise InvalidRequest(f"The signature's parameters are incomplete or unreadable: {error}") from error

    def check_time(self, time_s: float) -> None:
        try:
            signed_at = dt.datetime.strptime(self.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        except ValueError as error:
            raise InvalidRequest(f"Invalid X-Goog-Date: {self.date!r}") from error
        if not 0 < self.expires_in_s <= _MAX_LIFETIME_S:
            raise InvalidRequest("X-Goog-Expires must be between 1 and 604800 seconds")
        if time_s > signed_at.timestamp() + self.expires_in_s:
            raise ExpiredToken("The provided token has expired.")


class SignatureVerifier:
    """Check signed URLs with the keys of the accounts that may sign them."""

    def __init__(self, accounts: Mapping[str, Path]) -> None:
        self._accounts = accounts
        self._keys: dict[str, RSAPublicKey] = {}

    def verify(self, method: str, raw_path: str, query_string: str, headers: Headers) -> None:
        """Accept a request whose URL was signed for it.

        Raises:
            AccessDenied: 403, there is no signature.
            ExpiredToken: 400.
            MalformedSecurityHeader: 400, a signed header is missing.
            SignatureDoesNotMatch: 403.
            InvalidRequest: 400, the parameters are unreadable.
        """
        parameters = urllib.parse.parse_qsl(query_string, keep_blank_values=True)
        query = dict(parameters)
        if query.get("X-Goog-Algorithm") != _ALGORITHM:
            raise AccessDenied("Anonymous caller does not have access to the Google Cloud Storage object.")
        signature = _Signature.from_query(query)
        signature.check_time(time.time())
        _check_headers(signature, headers)
        # A URL that was signed for GET serves HEAD too.
        methods = ("HEAD", "GET") if method == "HEAD" else (method,)
        texts = [_string_to_sign(signature, each, raw_path, parameters, headers) for each in methods]
        if not any(self._is_signature_of(text, signature) for text in texts):
            raise SignatureDoesNotMatch(_MISMATCH)

    def _is_signature_of(self, text: str, signature: _Signature) -> bool:
        # Imported here: it is slow, and only signed URLs need it.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        key = self._key(signature.account)
        try:
            signed = bytes.fromhex(signature.hex_digits)
            key.verify(signed, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _key(self, account: str) -> "RSAPublicKey":
        if account not in self._accounts:
            raise SignatureDoesNotMatch(_MISMATCH)
        if account not in self._keys:
            self._keys[account] = _load_public_key(self._accounts[account])
        return self._keys[account]


def _check_headers(signature: _Signature, headers: Headers) -> None:
    """Every signed header must be sent, and every `x-goog-` header must be signed."""
    if "host" not in signature.signed_headers:
        raise MalformedSecurityHeader("The host header must be signed.")
    for name in signature.signed_headers:
        if name not in headers:
            raise MalformedSecurityHeader(
                f"Your request has a malformed header. Header {name} was included in signedheaders, "
                "but not in the request."
            )
    for name in headers:
        if name.startswith("x-goog-") and name not in signature.signed_headers:
            raise SignatureDoesNotMatch(_MISMATCH)


def _string_to_sign(
    signature: _Signature,
    method: str,
    raw_path: str,
    parameters: Sequence[tuple[str, str]],
    headers: Headers,
) -> str:
    signed = sorted((key, value) for key, value in parameters if key != "X-Goog-Signature")
    canonical_query = "&".join(f"{_quote(key)}={_quote(value)}" for key, value in signed)
    canonical_headers = "".join(f"{name}:{_canonical_value(headers, name)}\n" for name in signature.signed_headers)
    canonical_request = "\n".join(
        [
            method,
            raw_path,
            canonical_query,
            canonical_headers,
            ";".join(signature.signed_headers),
            headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD"),
        ]
    )
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    return "\n".join([_ALGORITHM, signature.date, signature.scope, digest])


def _canonical_value(headers: Headers, name: str) -> str:
    return re.sub(r" +", " ", ",".join(value.strip() for value in headers.getlist(name)))


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="~")


def _load_public_key(path: Path) -> "RSAPublicKey":
    """Load the public key of a PEM file that holds it, or that holds its private key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = path.read_bytes()
    if b"PRIVATE KEY" in pem:
        private_key = serialization.load_pem_private_key(pem, password=None)
        key = private_key.public_key()
    else:
        key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError(f"{path} holds no RSA key")
    return key
