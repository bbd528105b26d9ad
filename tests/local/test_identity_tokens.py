"""Tokens that are signed here, as the code that verifies them meets them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from shared.local.identity.service_account import public_key_pem, write_service_account
from shared.local.identity.tokens import TokenSigner

ISSUER = "http://127.0.0.1:1"
EMAIL = "functions@local.iam.gserviceaccount.com"


def verify(token: str, signer: TokenSigner, audience: str) -> dict[str, object]:
    (key,) = jwt.PyJWKSet.from_dict(signer.jwks()).keys
    assert key.key_id == jwt.get_unverified_header(token)["kid"]
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=ISSUER)
    return claims


def test_a_token_says_who_calls_whom_and_verifies_with_the_published_key(tmp_path: Path) -> None:
    signer = TokenSigner(ISSUER, tmp_path / "key.pem")

    claims = verify(signer.token(EMAIL, "http://target", lifetime_s=60), signer, "http://target")

    assert claims["email"] == claims["azp"] == claims["sub"] == EMAIL
    assert claims["email_verified"] is True
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 60


def test_two_processes_with_one_key_file_verify_each_others_tokens(tmp_path: Path) -> None:
    first = TokenSigner(ISSUER, tmp_path / "identity" / "key.pem")
    second = TokenSigner(ISSUER, tmp_path / "identity" / "key.pem")

    assert verify(first.token(EMAIL, "a"), second, "a")["email"] == EMAIL


def test_a_token_of_another_key_is_refused(tmp_path: Path) -> None:
    ours = TokenSigner(ISSUER, tmp_path / "ours.pem")
    theirs = TokenSigner(ISSUER, tmp_path / "theirs.pem")

    (key,) = jwt.PyJWKSet.from_dict(ours.jwks()).keys
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(theirs.token(EMAIL, "a"), key, algorithms=["RS256"], audience="a")


def test_many_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"

    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda _: TokenSigner(ISSUER, path).jwks(), range(8)))

    assert all(keys == published[0] for keys in published)
    assert [file.name for file in tmp_path.iterdir()] == ["key.pem"]


def test_nobody_else_on_the_machine_reads_the_keys(tmp_path: Path) -> None:
    TokenSigner(ISSUER, tmp_path / "key.pem")
    write_service_account(tmp_path / "account.json", email=EMAIL, token_uri="http://t/token", project="demo")

    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_service_account_keeps_its_key_when_its_token_address_changes(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    write_service_account(path, email=EMAIL, token_uri="http://127.0.0.1:1/token", project="demo")
    key = public_key_pem(path)

    write_service_account(path, email=EMAIL, token_uri="http://127.0.0.1:2/token", project="demo")

    assert public_key_pem(path) == key
    assert "http://127.0.0.1:2/token" in path.read_text()
