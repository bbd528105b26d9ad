"""The routing table alone: which function a method and a path belong to."""

import doctest

import pytest

from shared.local.functions import routing
from shared.local.functions.manifest import DeclaredFunction
from shared.local.functions.routing import Router, split_function_url


def endpoint(name: str, mount: str, method: str, path: str) -> DeclaredFunction:
    return DeclaredFunction(
        name=name, kind="endpoint", signature="http", profile="api", method=method, mount=mount, path=path
    )


ROUTER = Router(
    [
        endpoint("get", "/a", "GET", "/v1/things/{id}"),
        endpoint("delete", "/a", "DELETE", "/v1/things/{id}"),
        endpoint("list", "/a", "GET", "/v1/things"),
        endpoint("search", "/a", "GET", "/v1/things/search"),
        endpoint("events", "/a", "GET", "/v1/things/{id}/events"),
        endpoint("summary", "/a", "GET", "/v1/things/summary/{kind}"),
        endpoint("other", "/a-b", "POST", "/v1/things"),
        DeclaredFunction(name="step", kind="step", signature="http", profile="api"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/a/v1/things/7", "get"),
        ("DELETE", "/a/v1/things/7", "delete"),
        ("GET", "/a/v1/things", "list"),
        ("GET", "/a/v1/things/7/events", "events"),
        ("POST", "/a-b/v1/things", "other"),
    ],
)
def test_a_path_and_a_method_choose_the_function(method: str, path: str, function: str) -> None:
    assert ROUTER.find(method, path) == function


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/a/v1/things/search", "search"),
        ("/a/v1/things/summary/events", "summary"),
        ("/a/v1/things/other/events", "events"),
    ],
)
def test_a_static_segment_wins_over_a_parameter(path: str, function: str) -> None:
    assert ROUTER.find("GET", path) == function


def test_head_goes_where_get_goes() -> None:
    assert ROUTER.find("HEAD", "/a/v1/things/search") == "search"


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH"])
def test_a_method_that_nobody_serves_reaches_a_function_of_that_path(method: str) -> None:
    assert ROUTER.find(method, "/a/v1/things/7") in {"get", "delete"}
    assert ROUTER.find(method, "/a/v1/things/search") == "search"
    assert ROUTER.find(method, "/a-b/v1/things") == "other"


def test_a_method_of_the_wider_template_is_served_by_it() -> None:
    assert ROUTER.find("DELETE", "/a/v1/things/search") == "delete"


@pytest.mark.parametrize("path", ["/a", "/a/", "/a/v2", "/a/v1/things/", "/a/v1/things/7/8/9"])
def test_an_unknown_path_below_a_mount_reaches_a_function_of_that_mount(path: str) -> None:
    assert ROUTER.find("GET", path) in {"get", "delete", "list", "search", "events", "summary"}


@pytest.mark.parametrize("path", ["/", "", "/b", "/ab/v1/things", "/v1/things"])
def test_a_path_outside_every_mount_reaches_nothing(path: str) -> None:
    assert ROUTER.find("GET", path) is None


def test_of_two_mounts_the_longer_one_is_meant() -> None:
    router = Router([endpoint("outer", "/a", "GET", "/x"), endpoint("inner", "/a/b", "GET", "/x")])

    assert router.find("GET", "/a/b/unknown") == "inner"
    assert router.find("GET", "/a/c/unknown") == "outer"


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("/fn/echo", ("echo", "/")),
        ("/fn/echo/", ("echo", "/")),
        ("/fn/echo/a/b", ("echo", "/a/b")),
        ("/fn/echo//a", ("echo", "//a")),
        ("/fn/", ("", "/")),
        ("/fnord/echo", None),
        ("/", None),
    ],
)
def test_a_function_url_splits_into_the_name_and_the_path(path: str, split: tuple[str, str] | None) -> None:
    assert split_function_url(path) == split


def test_the_examples_of_the_docstrings_are_true() -> None:
    examples = doctest.testmod(routing)

    assert examples.attempted > 0
    assert examples.failed == 0
