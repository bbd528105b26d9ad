"""The load balancer sends every request to the function that the local platform sends it to."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from infra.routes import route_rules
from shared.edge.declarations import Declaration, Endpoint, read_endpoint
from shared.edge.families import FAMILIES
from shared.edge.manifest import catalogue, describe
from shared.local.functions.manifest import declared_functions
from shared.local.functions.routing import Router
from tests.infra.recorded_stack import DOMAIN, REGION, RecordedStack
from tests.infra.url_map import backend_for

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BACKEND = "gcp:compute/backendService:BackendService"
GROUP = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"


@pytest.fixture
def endpoints(declared: list[Declaration]) -> list[Endpoint]:
    return [one for one in declared if isinstance(one, Endpoint)]


@pytest.fixture
def url_map(stack: RecordedStack) -> Any:
    (created,) = stack.of_type("gcp:compute/uRLMap:URLMap").values()
    return created


def test_every_endpoint_is_reached_by_its_method_and_path(
    stack: RecordedStack, url_map: Any, endpoints: list[Endpoint]
) -> None:
    for one in endpoints:
        path = one.family.mount + re.sub(r"\{\w+\}", "7b1e4f0a", one.path)

        assert function_behind(stack, backend_for(rules_of(url_map), one.method, path)) == one.name


def test_it_decides_as_the_local_platform_does(stack: RecordedStack, url_map: Any, endpoints: list[Endpoint]) -> None:
    router = Router(declared_functions(catalogue()))
    known = [one.family.mount + re.sub(r"\{\w+\}", "7b1e4f0a", one.path) for one in endpoints]
    strange = [f"{mount}{rest}" for mount in mounts() for rest in ("", "/", "/api/v1", "/api/v1/recordings/a/b/c")]

    for method, path in itertools.product(METHODS, known + strange):
        backend = backend_for(rules_of(url_map), method, path)
        assert function_behind(stack, backend) == router.find(method, path), f"{method} {path}"


def test_a_static_segment_wins_over_a_parameter_and_a_method_over_both() -> None:
    endpoints = [
        read_endpoint(capture_get_thing, "GET /things/{id}", status=200, raises=()),
        read_endpoint(capture_search_things, "POST /things/search", status=200, raises=()),
        read_endpoint(capture_list_recent, "GET /things/recent", status=200, raises=()),
    ]
    rules = camel(route_rules(endpoints, lambda endpoint: endpoint.name))
    router = Router(declared_functions({"functions": [describe(one) for one in endpoints]}))

    assert backend_for(rules, "GET", "/capture/things/recent") == "capture_list_recent"
    assert backend_for(rules, "GET", "/capture/things/7") == "capture_get_thing"
    assert backend_for(rules, "GET", "/capture/things/search") == "capture_get_thing"
    assert backend_for(rules, "POST", "/capture/things/search") == "capture_search_things"
    assert backend_for(rules, "OPTIONS", "/capture/things/search") == "capture_search_things"
    for method, last in itertools.product(METHODS, ("recent", "search", "7", "7/8")):
        path = f"/capture/things/{last}"
        assert backend_for(rules, method, path) == router.find(method, path), f"{method} {path}"


def test_what_is_outside_of_every_mount_is_for_an_endpoint_too(
    stack: RecordedStack, url_map: Any, endpoints: list[Endpoint]
) -> None:
    (matcher,) = url_map["pathMatchers"]

    assert backend_for(rules_of(url_map), "GET", "/elsewhere") is None
    assert url_map["defaultService"] == matcher["defaultService"]
    assert function_behind(stack, url_map["defaultService"]) in {one.name for one in endpoints}


def test_the_rules_hold_at_the_one_host_of_the_certificate(stack: RecordedStack, url_map: Any) -> None:
    (matcher,) = url_map["pathMatchers"]
    (certificate,) = stack.of_type("gcp:compute/managedSslCertificate:ManagedSslCertificate").values()

    assert url_map["hostRules"] == [{"hosts": [DOMAIN], "pathMatcher": matcher["name"]}]
    assert certificate["managed"] == {"domains": [DOMAIN]}


def test_the_rules_are_within_the_limits_of_a_url_map(url_map: Any) -> None:
    rules = rules_of(url_map)

    assert len({rule["priority"] for rule in rules}) == len(rules) <= 200
    for match in (match for rule in rules for match in rule["matchRules"]):
        template = match.get("pathTemplateMatch", "")
        assert len(template) <= 255
        assert template.count("*") <= 5


def test_only_endpoints_stand_behind_the_load_balancer(stack: RecordedStack, endpoints: list[Endpoint]) -> None:
    groups = stack.of_type(GROUP).values()

    assert {group["cloudRun"]["service"].replace("-", "_") for group in groups} == {one.name for one in endpoints}
    assert {group["region"] for group in groups} == {REGION}


def test_every_part_is_of_the_load_balancer_that_can_match_methods_and_path_templates(stack: RecordedStack) -> None:
    (https,) = stack.of_type("gcp:compute/globalForwardingRule:GlobalForwardingRule").values()
    schemes = {backend["loadBalancingScheme"] for backend in stack.of_type(BACKEND).values()}

    assert https["portRange"] == "443"
    assert schemes | {https["loadBalancingScheme"]} == {"EXTERNAL_MANAGED"}


def capture_get_thing(id: str) -> None:
    """Return a thing."""


def capture_search_things() -> None:
    """Search things."""


def capture_list_recent() -> None:
    """List recent things."""


def mounts() -> set[str]:
    return {family.mount for family in FAMILIES.values()}


def rules_of(url_map: Any) -> list[dict[str, Any]]:
    (matcher,) = url_map["pathMatchers"]
    rules: list[dict[str, Any]] = matcher["routeRules"]
    return rules


def function_behind(stack: RecordedStack, backend: str | None) -> str | None:
    """The function that a backend service's only endpoint group serves."""
    if backend is None:
        return None
    (served,) = stack.of_type(BACKEND)[backend.removesuffix("-id")]["backends"]
    service: str = stack.of_type(GROUP)[served["group"].removesuffix("-id")]["cloudRun"]["service"]
    return service.replace("-", "_")


def camel(rules: Any) -> list[dict[str, Any]]:
    """The rules as Pulumi sends them."""
    text = re.sub(r'"(\w+)":', lambda key: re.sub(r"_(\w)", lambda one: one[1].upper(), key[0]), json.dumps(rules))
    sent: list[dict[str, Any]] = json.loads(text)
    return sent
