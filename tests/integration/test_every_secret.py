"""What callers sent and were given in confidence: in no log of any function, and in no answer that refuses.

Made from the declarations: an endpoint, a step, a trigger or a job that is added is covered at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import pytest
import requests

from shared.edge.declarations import Endpoint
from shared.recordings.recording import Failure
from shared.settings import settings
from shared.structs import replace
from tests.integration.every_endpoint import (
    ENDPOINTS,
    Ids,
    Person,
    call,
    every_endpoint,
    kind_of,
    new_person,
    parameters_of,
)
from tests.integration.every_resource import NEEDS, RESOURCES, resource_of
from tests.integration.every_run import STORIES
from tests.integration.every_secret import (
    Secrets,
    deliveries_with,
    headers_with,
    query_with,
    refused_credentials,
    requests_with,
)
from tests.integration.every_story import Outside
from tests.integration.invocations import CATALOGUE, INVOKED, Invocation, invocation_of
from tests.integration.log_lines import log_lines
from tests.integration.platform import TIMEOUT_S, RunningPlatform
from tests.integration.sessions_site import DemoSite
from tests.integration.stored import recording_of, run_of
from tests.unit.webhook_receiver import Receiver

PROFILES = sorted({one["profile"] for one in CATALOGUE["functions"]})
FEWEST_SECRETS = 100
#: What nobody is told again, not even in an answer to whoever sent it.
NEVER_SHOWN = {
    "the key",
    "the key_pepper",
    "the recording_ready_secret",
    "the sealing_key",
    "secret of a webhook",
    "query of a download",
    "answer of a tenant's server",
}
EVENT_HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-type": "google.cloud.storage.object.v1.finalized",
    "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
    "Content-Type": "application/json",
}


def failures_of(id: str) -> list[Failure]:
    """What is kept of everything that went wrong with a recording."""
    run = run_of(id)
    kept = [recording_of(id).failure, run.failure, *(step.error for step in run.steps.values())]
    return [failure for failure in kept if failure is not None]


def is_ours(answer: requests.Response) -> bool:
    """Whether the product has answered; the framework refuses what is no event by itself, with a page."""
    return answer.headers["Content-Type"] == "application/json"


@dataclass
class Sender:
    """Sends secrets to everything that is declared, and keeps what was answered, by function."""

    platform: RunningPlatform
    owner: Person
    outside: Outside
    planted: Secrets = field(default_factory=Secrets)
    answers: dict[str, list[requests.Response]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)  #: everything that is kept of what went wrong in steps
    begin: dict[str, int] = field(default_factory=dict)  #: of the logs, in characters
    told_before: int = 0  #: what the tenant's server was told by others

    def __post_init__(self) -> None:
        self.planted.keep_key("the key", str(self.owner.key))
        for name in ("key_pepper", "recording_ready_secret", "sealing_key"):
            self.planted.keep(f"the {name}", getattr(settings(), name).get_secret_value())
        self.begin = {profile: len(self.platform.logs(profile)) for profile in PROFILES}
        self.told_before = len(self.outside.server.told)
        self.headers = headers_with(self.planted)
        self.refused = list(refused_credentials(self.planted, self.owner.tenant))

    def send_everything(self) -> None:
        ids = {kind: resource.make(self.owner) for kind, resource in RESOURCES.items()}
        told = [story(self.owner, self.planted, self.outside) for story in STORIES.values()]
        self.failures = [failure for one in told for id in one.recordings for failure in failures_of(id)]
        ids |= {one.kind: one.ids for one in reversed(told)}
        for name in INVOKED:
            self.answers[name] = list(self.deliver(invocation_of(self.platform, name)))
        for endpoint in sorted(ENDPOINTS, key=lambda one: one.method == "DELETE"):
            self.answers[endpoint.name] = list(self.ask(endpoint, ids))
        for name, answers in self.answers.items():
            self.planted.keep_signatures(name, " ".join(answer.text for answer in answers if answer.ok))

    def ask(self, endpoint: Endpoint, ids: Mapping[str, Ids]) -> Iterator[requests.Response]:
        mine = ids[kind_of(endpoint, parameters_of(endpoint)[-1])] if endpoint.params else {}
        if endpoint.stream:
            mine = resource_of(endpoint).make(self.owner)  # one that still takes what is streamed to it
        if endpoint.name in NEEDS:
            mine = NEEDS[endpoint.name](self.owner)
        for request in requests_with(endpoint, mine, str(self.owner.key), self.headers, self.planted):
            yield call(endpoint, self.owner, **request)
        nobody = replace(self.owner, key=None)
        for credentials in ({}, *self.refused):
            yield call(endpoint, nobody, mine, headers={**self.headers, **credentials}, params=query_with(self.planted))

    def deliver(self, invocation: Invocation) -> Iterator[requests.Response]:
        good = {"Authorization": f"Bearer {invocation.good_token()}"}
        self.planted.keep_token(f"the token of {invocation.name}", good["Authorization"].partition(" ")[2])
        post = partial(requests.post, invocation.url, params=query_with(self.planted), timeout=TIMEOUT_S)
        for body in deliveries_with(invocation.name, invocation.kind, self.planted):
            yield post(headers={**self.headers, **EVENT_HEADERS, **good}, **body)
        token = invocation.signer.token("somebody@local.example", invocation.url)
        stranger = self.planted.keep_token(f"a stranger's token for {invocation.name}", token)
        for credentials in ({}, *self.refused, {"Authorization": f"Bearer {stranger}"}):
            yield post(headers={**self.headers, **EVENT_HEADERS, **credentials}, json={})


@pytest.fixture(scope="module")
def sender(platform: RunningPlatform, site: DemoSite, tenants_server: Receiver) -> Sender:
    outside = Outside(site, tenants_server)
    sender = Sender(platform, new_person(platform), outside)
    sender.send_everything()
    return sender


@pytest.mark.parametrize("profile", PROFILES)
def test_no_secret_is_in_any_log(sender: Sender, profile: str) -> None:
    lines = sender.platform.logs(profile)[sender.begin[profile] :].splitlines()

    assert {line: found for line in lines if (found := sender.planted.found_in(line))} == {}


@pytest.mark.parametrize("name", [one["name"] for one in CATALOGUE["functions"]])
def test_no_secret_is_in_an_answer_that_refuses(sender: Sender, name: str) -> None:
    refusals = [f"{answer.headers} {answer.text}" for answer in sender.answers[name] if not answer.ok]

    assert refusals
    assert {text: found for text in refusals if (found := sender.planted.found_in(text))} == {}


@pytest.mark.parametrize("name", [one["name"] for one in CATALOGUE["functions"]])
def test_some_secrets_are_in_no_answer_at_all(sender: Sender, name: str) -> None:
    answers = [f"{answer.headers} {answer.text}" for answer in sender.answers[name]]

    assert sender.planted.planted.keys() >= NEVER_SHOWN
    assert {text: found for text in answers if (found := sender.planted.found_in(text) & NEVER_SHOWN)} == {}


def test_a_tenants_server_is_told_no_secret_but_its_own(sender: Sender) -> None:
    told = sender.outside.server.told[sender.told_before :]
    found = {place for one in told for place in sender.planted.found_in(f"{one.headers} {one.body.decode()}")}

    assert {place for place in found if not place.startswith("signature ")} == {"name of a room"}


def test_no_secret_is_in_what_is_kept_of_a_failure(sender: Sender) -> None:
    assert len(sender.failures) >= len(STORIES)
    assert [sender.planted.found_in(repr(failure)) for failure in sender.failures] == [set()] * len(sender.failures)


def test_there_are_secrets_of_many_kinds_and_no_two_are_the_same(sender: Sender) -> None:
    planted = sender.planted.planted

    assert len(planted) >= FEWEST_SECRETS
    assert len(set(planted.values())) == len(planted)
    assert all(place in sender.planted.found_in(f"before {value} after") for place, value in planted.items())


def test_what_a_caller_may_see_again_shows_that_the_secrets_arrived(sender: Sender) -> None:
    texts = " ".join(answer.text for endpoint in ENDPOINTS for answer in sender.answers[endpoint.name] if answer.ok)

    assert {
        "name",
        "typed text",
        "address of a page",
        "title of a session",
        "notes of a session",
        "title of feedback",
        "name of a room",
        "query of a webhook",
    } <= sender.planted.found_in(texts)


def test_every_function_has_logged_what_it_was_asked(sender: Sender) -> None:
    for one in CATALOGUE["functions"]:
        lines = log_lines(sender.platform, one["profile"], naming=one["name"], begin=sender.begin[one["profile"]])
        asked = [answer for answer in sender.answers[one["name"]] if answer.request.method == one.get("method", "POST")]

        assert len(lines) >= len([answer for answer in asked if answer.ok or is_ours(answer)]) > 0


@every_endpoint
def test_every_endpoint_was_asked_in_ways_that_succeed_and_that_do_not(sender: Sender, endpoint: Endpoint) -> None:
    expected = {endpoint.status, 405}
    expected |= {401} if endpoint.needs_caller else set()
    expected |= {404} if endpoint.params else set()
    expected |= {400} if endpoint.body or endpoint.query or endpoint.form else set()
    expected |= {400, 401} if endpoint.signed else set()

    assert expected <= {answer.status_code for answer in sender.answers[endpoint.name]}


@pytest.mark.parametrize("name", INVOKED)
def test_every_other_function_was_called_by_its_account_and_by_others(sender: Sender, name: str) -> None:
    assert {200, 401} <= {answer.status_code for answer in sender.answers[name]}


def test_every_pipeline_has_a_story() -> None:
    assert sorted(STORIES) == sorted(CATALOGUE["pipelines"]), "see every_run.py"
