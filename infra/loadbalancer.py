"""The load balancer: one host, HTTPS only, in front of every endpoint."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_gcp import compute

from infra.foundation import Deployed
from infra.routes import route_rules
from infra.target import Target, slug_of
from shared.edge.declarations import Endpoint

#: The global external Application Load Balancer; the classic one knows neither path templates nor methods.
SCHEME = "EXTERNAL_MANAGED"
MATCHER = "endpoints"


def balance(functions: Mapping[str, Deployed], endpoints: list[Endpoint], target: Target) -> compute.GlobalAddress:
    """Serve the endpoints at the target's domain; returns the address that its A record has to point to."""
    backends = {endpoint.name: _create_backend(functions[endpoint.name], endpoint, target) for endpoint in endpoints}
    address = compute.GlobalAddress("address")
    proxy = compute.TargetHttpsProxy(
        "proxy",
        url_map=_create_url_map(backends, endpoints, target).id,
        ssl_certificates=[compute.ManagedSslCertificate("certificate", managed={"domains": [target.domain]}).id],
    )
    compute.GlobalForwardingRule(
        "https",
        load_balancing_scheme=SCHEME,
        ip_address=address.address,
        port_range="443",
        target=proxy.id,
    )
    return address


def _create_backend(function: Deployed, endpoint: Endpoint, target: Target) -> compute.BackendService:
    slug = slug_of(endpoint.name)
    group = compute.RegionNetworkEndpointGroup(
        slug,
        region=target.region,
        network_endpoint_type="SERVERLESS",
        cloud_run={"service": function.name},
    )
    return compute.BackendService(slug, load_balancing_scheme=SCHEME, backends=[{"group": group.id}])


def _create_url_map(
    backends: Mapping[str, compute.BackendService], endpoints: list[Endpoint], target: Target
) -> compute.URLMap:
    # Whatever is outside of every mount goes to a function as well, whose answer is its 404.
    elsewhere = backends[endpoints[0].name].id
    return compute.URLMap(
        "endpoints",
        host_rules=[{"hosts": [target.domain], "path_matcher": MATCHER}],
        path_matchers=[
            {
                "name": MATCHER,
                "default_service": elsewhere,
                "route_rules": route_rules(endpoints, lambda endpoint: backends[endpoint.name].id),
            }
        ],
        default_service=elsewhere,
    )
