"""Every endpoint that is declared, and a well-formed request to each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
import requests

from shared.edge.declarations import Endpoint
from shared.edge.manifest import declarations
from shared.structs import Struct, replace
from tests.integration.api_keys import save_key
from tests.integration.every_form import form_of
from tests.integration.every_sample import sample
from tests.integration.feedback_client import Feedback
from tests.integration.platform import TIMEOUT_S, Capture, RunningPlatform, Sessions
from tests.integration.rooms_client import RoomsClient
from tests.integration.rooms_signed import SIGNERS
from tests.integration.sessions_videos import small_film

ENDPOINTS = [one for one in declarations() if isinstance(one, Endpoint)]
#: Header fields that differ from answer to answer.
VARYING = {"date", "x-request-id"}

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)

Ids = Mapping[str, str]


class Person(Struct, frozen=True):
    """A user of a tenant, and a key of theirs."""

    url: str
    tenant: str
    user: str
    key: str | None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def capture(self) -> Capture:
        return Capture(self.url, self.key)

    def sessions(self) -> Sessions:
        return Sessions(self.url, self.key)

    def feedback(self) -> Feedback:
        return Feedback(self.url, self.key)

    def rooms(self) -> RoomsClient:
        return RoomsClient(self.url, self.key)


def new_person(platform: RunningPlatform, *, tenant: str = "", user: str = "ada") -> Person:
    """Somebody with a key; without a tenant's name of a tenant that has nothing yet."""
    tenant = tenant or f"tenant-{uuid4().hex[:12]}"
    key = save_key(tenant, user, changed=lambda key: replace(key, role="admin"))  # who may do all that there is
    return Person(platform.url, tenant, user, key)


def parameters_of(endpoint: Endpoint) -> list[str]:
    """The parameters of the path, in its order."""
    return re.findall(r"\{(\w+)\}", endpoint.path)


def kind_of(endpoint: Endpoint, parameter: str) -> str:
    """What a parameter names: the mounted path as far as it, such as `/capture/api/v1/recordings/{id}`."""
    head, found, _ = (endpoint.family.mount + endpoint.path).partition(f"{{{parameter}}}")
    return head + found


def methods_of(endpoint: Endpoint) -> list[str]:
    """The methods that the endpoint answers with what it declares."""
    return ["GET", "HEAD"] if endpoint.method == "GET" else [endpoint.method]


def url_of(endpoint: Endpoint, url: str, ids: Ids) -> str:
    """Where the endpoint is for these ids, which must be fit for a URL."""
    return url + endpoint.family.mount + endpoint.path.format(**ids)


def well_formed(endpoint: Endpoint, *, full_body: bool = False) -> dict[str, Any]:
    """The query and the body that the endpoint needs, and no more; or else everything that a body can hold.

    Nobody waits for what comes of it.
    """
    needed: dict[str, Any] = {}
    if endpoint.query is not None:
        needed["params"] = sample(endpoint.query, str, optional=False)
    if endpoint.body is not None:
        needed["json"] = sample(endpoint.body, str, optional=full_body)
    if endpoint.form is not None:
        needed["files"] = form_of(endpoint.form, str, optional=full_body)
    if endpoint.stream:
        needed["data"], needed["headers"] = small_film(), {"Content-Type": "video/webm"}
    if endpoint.signed is not None:
        needed["data"] = json.dumps(sample(endpoint.signed, str, optional=full_body)).encode()
        needed["headers"] = SIGNERS[endpoint.name](needed["data"])
    if endpoint.waits:
        needed["headers"] = {"Prefer": "respond-async"}
    return needed


def call(endpoint: Endpoint, by: Person, ids: Ids, *, method: str = "", **more: Any) -> requests.Response:
    """Call the endpoint with a well-formed request, but for what `more` says."""
    needed = well_formed(endpoint)
    headers = {**by.headers, **needed.pop("headers", {}), **more.pop("headers", {})}
    return requests.request(
        method or endpoint.method,
        url_of(endpoint, by.url, ids),
        headers=headers,
        timeout=TIMEOUT_S,
        allow_redirects=False,
        **{**needed, **more},
    )


#: Status, header fields and body of an answer.
Seen = tuple[int, dict[str, str], str]


def seen(answer: requests.Response) -> Seen:
    """Everything that somebody can tell an answer from another by: status, header fields, body; but for its own id."""
    assert "X-Request-Id" in answer.headers, f"not an answer of the product: {answer.text}"
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in VARYING}
    return answer.status_code, headers, answer.text.replace(answer.headers["X-Request-Id"], "<request id>")
