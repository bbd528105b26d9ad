"""Which function a path belongs to, as a load balancer in front of the deployed functions would decide.

Pure: strings in, a function's name out. A method that no function of a path serves, and a path that no
function of a known mount serves, still reach a function: only it knows how its family says 405 and 404.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from shared.local.functions.manifest import DeclaredFunction

_FUNCTION_URL_PREFIX = "/fn/"


@dataclass(frozen=True)
class _Route:
    method: str
    template: str
    function: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        segments = self.template.split("/")
        return re.compile("/".join("[^/]+" if _is_parameter(each) else re.escape(each) for each in segments))

    @property
    def parameters(self) -> tuple[bool, ...]:
        """Order templates so that a static segment comes before a parameter in the same place."""
        return tuple(_is_parameter(segment) for segment in self.template.split("/"))


class Router:
    """The routing table of the endpoints among `functions`."""

    def __init__(self, functions: Iterable[DeclaredFunction]) -> None:
        endpoints = [(function, function.path) for function in functions if function.path is not None]
        routes = [
            _Route(function.method or "GET", function.mount + path, function.name) for function, path in endpoints
        ]
        self._most_specific_first = sorted(routes, key=lambda route: route.parameters)
        by_length = sorted(endpoints, key=lambda endpoint: len(endpoint[0].mount), reverse=True)
        self._longest_mount_first = [(function.mount, function.name) for function, _ in by_length]

    def find(self, method: str, path: str) -> str | None:
        """Return the name of the function that answers `method` on `path`, or None outside every mount.

        Static segments win over parameters; HEAD goes where GET goes.
        """
        fitting = [route for route in self._most_specific_first if route.pattern.fullmatch(path)]
        served_method = "GET" if method == "HEAD" else method
        for route in fitting:
            if route.method == served_method:
                return route.function
        return fitting[0].function if fitting else self._any_of_mount(path)

    def _any_of_mount(self, path: str) -> str | None:
        for mount, function in self._longest_mount_first:
            if path == mount or path.startswith(mount + "/"):
                return function
        return None


def split_function_url(path: str) -> tuple[str, str] | None:
    """Split `/fn/<name>/<rest>` into the name and `/<rest>` (at least "/"), or return None for other paths.

    >>> split_function_url("/fn/steps_probe")
    ('steps_probe', '/')
    >>> split_function_url("/fn/capture_get/api/v1/recordings/7")
    ('capture_get', '/api/v1/recordings/7')
    """
    if not path.startswith(_FUNCTION_URL_PREFIX):
        return None
    name, _, rest = path.removeprefix(_FUNCTION_URL_PREFIX).partition("/")
    return name, "/" + rest


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")
