"""Calls of steps, triggers and jobs as the queue, storage and the scheduler make them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import requests

from shared.local.identity.tokens import TokenSigner
from shared.structs import Struct
from tests.integration.platform import RunningPlatform

CATALOGUE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "functions" / "catalogue.json").read_text())
INVOKED = {one["name"]: one for one in CATALOGUE["functions"] if one["kind"] != "endpoint"}
INVOKER_OF = {
    "step": "PLAYHEAD_STEP_INVOKER",
    "task": "PLAYHEAD_STEP_INVOKER",
    "trigger": "PLAYHEAD_TRIGGER_INVOKER",
    "job": "PLAYHEAD_JOB_INVOKER",
}


class Invocation(Struct, frozen=True):
    """Everything that a call of one function takes, and the signer of the platform's own tokens."""

    name: str
    url: str
    kind: str
    account: str
    signer: TokenSigner

    def good_token(self) -> str:
        return self.signer.token(self.account, self.url)

    def claims(self, **changed: Any) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.good_token(), options={"verify_signature": False})
        return {**claims, **changed}

    def call(self, authorization: str | None) -> requests.Response:
        """Call with what the queue, storage or the scheduler would send; it is of no recording."""
        headers = {} if authorization is None else {"Authorization": authorization}
        if self.kind == "trigger":
            headers |= {
                "ce-specversion": "1.0",
                "ce-id": str(uuid4()),
                "ce-type": "google.cloud.storage.object.v1.finalized",
                "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
                "Content-Type": "application/json",
            }
            body: dict[str, Any] = {"bucket": "uploads", "name": "of/nobody", "generation": "1", "size": "1"}
        else:
            body = {"run_id": str(uuid4()), "step": self.name.removeprefix("steps_"), "epoch": 1}
        return requests.post(self.url, json=body, headers=headers, timeout=30)


def invocation_of(platform: RunningPlatform, name: str) -> Invocation:
    environment = platform.environment
    return Invocation(
        name=name,
        url=json.loads(environment["PLAYHEAD_FUNCTION_URLS"])[name],
        kind=INVOKED[name]["kind"],
        account=environment[INVOKER_OF[INVOKED[name]["kind"]]],
        signer=_signer(environment["PLAYHEAD_OIDC_ISSUER"], platform.data / "identity" / "key.pem"),
    )


@cache
def _signer(issuer: str, key_path: Path) -> TokenSigner:
    """The signer, with its key, which takes long to read."""
    return TokenSigner(issuer, key_path)
