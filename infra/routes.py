"""Which endpoint the load balancer sends a request to, as the route rules of a URL map.

The rules are tried in order, and decide as the router of the local platform does:

1. method and path: a static segment wins over a parameter, HEAD goes where GET goes;
2. path alone: the function there says 405, and answers the preflight of browsers;
3. anything else below a family's mount: one of its functions says 404 in the family's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pulumi
from pulumi_gcp import compute

from shared.edge.declarations import Endpoint

Match = compute.URLMapPathMatcherRouteRuleMatchRuleArgsDict
Rule = compute.URLMapPathMatcherRouteRuleArgsDict


def route_rules(endpoints: Iterable[Endpoint], backend_of: Callable[[Endpoint], pulumi.Input[str]]) -> list[Rule]:
    """The rules for these endpoints, the first to be tried first."""
    by_name = sorted(endpoints, key=lambda endpoint: endpoint.name)
    specific_first = sorted(by_name, key=_parameters)
    longest_mount_first = sorted(by_name, key=lambda endpoint: -len(endpoint.family.mount))
    chosen: list[tuple[list[Match], Endpoint]] = [
        *(([_on(endpoint, method) for method in _methods(endpoint)], endpoint) for endpoint in specific_first),
        *(([_on(endpoint)], endpoint) for endpoint in _first_per(_full_path, specific_first)),
        *((_below(endpoint), endpoint) for endpoint in _first_per(_mount, longest_mount_first)),
    ]
    return [
        {"priority": priority, "match_rules": matches, "service": backend_of(endpoint)}
        for priority, (matches, endpoint) in enumerate(chosen, start=1)
    ]


def _on(endpoint: Endpoint, method: str | None = None) -> Match:
    """Match an endpoint's path, with one method or with any."""
    path = _full_path(endpoint)
    match: Match = (
        {"path_template_match": re.sub(r"\{(\w+)\}", r"{\1=*}", path)} if endpoint.params else {"full_path_match": path}
    )
    if method is not None:
        match["header_matches"] = [{"header_name": ":method", "exact_match": method}]
    return match


def _below(endpoint: Endpoint) -> list[Match]:
    mount = endpoint.family.mount
    return [{"full_path_match": mount}, {"prefix_match": f"{mount}/"}]


def _methods(endpoint: Endpoint) -> tuple[str, ...]:
    return ("GET", "HEAD") if endpoint.method == "GET" else (endpoint.method,)


def _full_path(endpoint: Endpoint) -> str:
    return endpoint.family.mount + endpoint.path


def _mount(endpoint: Endpoint) -> str:
    return endpoint.family.mount


def _parameters(endpoint: Endpoint) -> tuple[bool, ...]:
    """Order paths so that a static segment comes before a parameter in the same place."""
    return tuple(segment.startswith("{") for segment in _full_path(endpoint).split("/"))


def _first_per(key: Callable[[Endpoint], Any], endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    first: dict[Any, Endpoint] = {}
    for endpoint in endpoints:
        first.setdefault(key(endpoint), endpoint)
    return list(first.values())
