"""The identity part as google-auth meets it, in its own process."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google.auth
import jwt
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from shared.local.identity.service_account import write_service_account
from tests.local.part_process import free_port, running_part

EMAIL = "functions@local.iam.gserviceaccount.com"
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
AccessCredentials: Any = service_account.Credentials
IdCredentials: Any = service_account.IDTokenCredentials


@dataclass(frozen=True)
class Identity:
    """The running part and the account that it knows."""

    issuer: str
    account: Path


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    folder, port = tmp_path_factory.mktemp("identity"), free_port()
    issuer, account = f"http://127.0.0.1:{port}", folder / "account.json"
    write_service_account(account, email=EMAIL, token_uri=f"{issuer}/token", project="demo")
    options = ["--port", str(port), "--data", str(folder), "--account-key", str(account)]
    with running_part("identity", *options, ready_url=f"{issuer}/healthz"):
        yield Identity(issuer, account)


def claims_of(token: str, identity: Identity, audience: str) -> dict[str, object]:
    key = jwt.PyJWKClient(f"{identity.issuer}/certs").get_signing_key_from_jwt(token)
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=identity.issuer)
    return claims


def test_an_access_token_is_given_for_the_account_file(identity: Identity) -> None:
    credentials = AccessCredentials.from_service_account_file(identity.account, scopes=SCOPES)

    credentials.refresh(Request())

    assert credentials.valid
    assert claims_of(credentials.token, identity, identity.issuer)["email"] == EMAIL


def test_an_id_token_is_given_for_the_audience_that_was_asked(identity: Identity) -> None:
    credentials = IdCredentials.from_service_account_file(identity.account, target_audience="http://target")

    credentials.refresh(Request())

    assert claims_of(credentials.token, identity, "http://target")["email"] == EMAIL


def test_application_default_credentials_find_the_account(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(identity.account))

    credentials: Any
    credentials, project = google.auth.default(scopes=SCOPES)
    credentials.refresh(Request())

    assert project == "demo"
    assert credentials.service_account_email == EMAIL
    assert credentials.token


def test_an_assertion_of_another_key_is_refused(identity: Identity, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.json"
    write_service_account(stranger, email=EMAIL, token_uri=f"{identity.issuer}/token", project="demo")
    credentials = AccessCredentials.from_service_account_file(stranger, scopes=SCOPES)

    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials.refresh(Request())


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password", "assertion": "a.b.c"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "not a token"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"},
    ],
)
def test_a_malformed_request_is_refused(identity: Identity, form: dict[str, str]) -> None:
    answer = requests.post(f"{identity.issuer}/token", data=form, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


def test_without_an_account_key_every_well_formed_assertion_is_believed(tmp_path: Path) -> None:
    port = free_port()
    issuer, account = f"http://127.0.0.1:{port}", tmp_path / "any.json"
    write_service_account(account, email="any@local", token_uri=f"{issuer}/token", project="demo")
    credentials = AccessCredentials.from_service_account_file(account, scopes=SCOPES)

    with running_part("identity", "--port", str(port), "--data", str(tmp_path), ready_url=f"{issuer}/healthz"):
        credentials.refresh(Request())

    assert credentials.valid


def test_unknown_paths_are_not_found(identity: Identity) -> None:
    assert requests.get(f"{identity.issuer}/nothing", timeout=5).status_code == 404
    assert requests.post(f"{identity.issuer}/certs", timeout=5).status_code == 404
