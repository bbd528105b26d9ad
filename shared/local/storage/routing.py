"""Which operation a method and a path mean.

Paths are matched as they were sent: an object's name is one percent-encoded segment, whose slashes are `%2F`.
"""

import json
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from starlette.datastructures import Headers

from shared.local.storage.counters import OperationClass
from shared.local.storage.errors import InvalidRequest, MethodNotAllowed, NotFound
from shared.local.storage.resources import JsonObject

Handler = TypeVar("Handler")


@dataclass(frozen=True)
class Call:
    """One call of the JSON API, whether it came alone or in a batch."""

    method: str
    raw_path: str
    query: Mapping[str, str]
    headers: Headers
    body: bytes

    def json(self) -> JsonObject:
        """Return the body, which must be an object if it is there at all."""
        return parse_object(self.body)


def parse_object(content: bytes) -> JsonObject:
    """Return a JSON object; nothing at all is an empty one."""
    try:
        fields = json.loads(content) if content else {}
    except ValueError as error:
        raise InvalidRequest("Parse Error") from error
    if not isinstance(fields, dict):
        raise InvalidRequest("Parse Error")
    return fields


@dataclass(frozen=True)
class Route(Generic[Handler]):
    """One operation; `path` has `{name}` where a segment is a parameter."""

    method: str
    path: str
    operation: str
    operation_class: OperationClass
    handler: Handler

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the path as a regular expression."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


def find_route(routes: Sequence[Route[Handler]], method: str, raw_path: str) -> tuple[Route[Handler], dict[str, str]]:
    """Return the operation and its decoded path parameters.

    Raises:
        NotFound: 404, no operation has this path.
        MethodNotAllowed: 405, others have.
    """
    path_exists = False
    for route in routes:
        if match := route.pattern.fullmatch(raw_path):
            path_exists = True
            if route.method == method:
                return route, {key: urllib.parse.unquote(value) for key, value in match.groupdict().items()}
    if path_exists:
        raise MethodNotAllowed("The specified method is not allowed against this resource.")
    raise NotFound("Not Found")
