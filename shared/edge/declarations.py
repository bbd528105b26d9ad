"""What a function is. The one thing that routing, OpenAPI, the catalogue and infrastructure read.

Parameters of a handler are of these kinds and no other: path parameters, `query`, `body`, `caller` (or `visitor`, who
may have an upload token instead of credentials), `once` (endpoints that create), `form` (multipart, read as it
arrives), `stream` (a body of any other kind, passed on as it arrives), `signed` (a JSON body whose sender has no
credentials but a signature), `event` (triggers), `work` (steps), `arguments` (tasks), and ports. Anything else is
refused when the module is imported.
"""

from __future__ import annotations

import functools
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from types import FunctionType, NoneType
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.edge.families import ApiFamily, family_of
from shared.errors import NotFound, PlayheadError
from shared.recordings.finding import not_found
from shared.recordings.recording import Family
from shared.structs import Struct, field
from shared.wire import Alternatives, WireModel
from shared.wiring import is_port, wired

Profile = Literal["api", "media", "browser"]
#: What an endpoint may have beside its path's parameters and its ports.
_BOUND = {"body", "form", "stream", "signed", "query", "caller", "visitor", "once"}
ATTRIBUTE = "declaration"


class Declaration(Struct, frozen=True, kw_only=True, dict=True):
    """What every function has."""

    kind: ClassVar[str]
    signature: ClassVar[str] = "http"

    name: str
    handler: Callable[..., Any]
    ports: Mapping[str, type]
    profile: Profile = "api"
    memory_mb: int = 512
    timeout_s: int = 60
    concurrency: int = 16

    @property
    def summary(self) -> str:
        return inspect.cleandoc(self.handler.__doc__ or "").split("\n")[0]

    @property
    def description(self) -> str:
        return inspect.cleandoc(self.handler.__doc__ or "").partition("\n")[2].strip()

    def adapters(self) -> dict[str, Any]:
        """The adapters behind the handler's ports, by parameter."""
        return {parameter: wired(port) for parameter, port in self.ports.items()}


class Endpoint(Declaration, frozen=True, kw_only=True):
    """An HTTP function of a family."""

    kind: ClassVar[str] = "endpoint"

    method: str
    path: str
    status: int
    raises: tuple[type[PlayheadError], ...]
    returns: type | None = None
    body: type[WireModel] | None = None
    query: type[BaseModel] | None = None
    params: Mapping[str, TypeAdapter[Any]] = field(default_factory=dict)
    form: type[WireModel] | None = None
    stream: tuple[str, ...] = ()  #: the media types of a body that is passed on as it arrives
    signed: type[WireModel] | None = None  #: what a signed body says, once its signature was checked
    text_type: str | None = None  #: of the text that `Alternatives` have beside their JSON
    also_returns: tuple[type[WireModel], ...] = ()  #: each with its own `http_status`
    needs_caller: bool = True
    takes_visitors: bool = False  #: an upload token will do; to create, nothing where the deployment allows that
    creates: bool = False
    waits: bool = False  #: for a run; only so many requests may at once

    @property
    def family(self) -> ApiFamily:
        return family_of(self.name)

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        template = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        return re.compile(f"(?:{re.escape(self.family.mount)})?{template}")

    def match(self, path: str) -> Mapping[str, str] | None:
        """The path's parameters as text, with or without the mount; None where the path is not this endpoint's."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    def parse(self, params: Mapping[str, str]) -> dict[str, Any]:
        """The path's parameters as the handler takes them.

        Raises:
            NotFound: an id that is not even of the family's style is an unknown id.
        """
        return {name: self._parse_param(name, text) for name, text in params.items()}

    def _parse_param(self, name: str, text: str) -> Any:
        try:
            return self.params[name].validate_python(text)
        except ValidationError:
            if name == "id":
                raise not_found(Family(self.family.name)) from None
            raise NotFound(f"{name.removesuffix('_id')} not found") from None


def ports_of(handler: Callable[..., Any], *, known: set[str]) -> tuple[dict[str, type], dict[str, Any]]:
    """The handler's ports by parameter, and its other annotations.

    Raises:
        TypeError: a parameter is neither a port nor in `known`.
    """
    hints = typing.get_type_hints(handler, include_extras=True)
    ports = {name: hint for name, hint in hints.items() if is_port(hint)}
    others = {name: hint for name, hint in hints.items() if name not in ports}
    unknown = set(others) - known - {"return"} | (set(inspect.signature(handler).parameters) - set(hints))
    if unknown:
        raise TypeError(f"{handler.__name__}: cannot bind {', '.join(sorted(unknown))}")
    return ports, others


def read_endpoint(
    handler: Callable[..., Any],
    route: str,
    *,
    status: int,
    raises: tuple[type[PlayheadError], ...],
    **runtime: Any,
) -> Endpoint:
    """Read an endpoint off its route and its handler's signature."""
    method, path = route.split(" ", 1)
    in_path = set(re.findall(r"\{(\w+)\}", path))
    ports, hints = ports_of(handler, known=in_path | _BOUND)
    if missing := in_path - set(hints):
        raise TypeError(f"{handler.__name__}: {', '.join(sorted(missing))} is in the path only")
    asking = hints.keys() & {"caller", "visitor"}
    if len(asking) > 1:
        raise TypeError(f"{handler.__name__}: caller or visitor, not both")
    if "once" in hints and not asking:
        raise TypeError(f"{handler.__name__}: once needs caller")
    returns, *also_returns = typing.get_args(hints.get("return")) or (hints.get("return"),)
    if (typing.get_origin(hints.get("return")) is Alternatives) is not (runtime.get("text_type") is not None):
        raise TypeError(f"{handler.__name__}: Alternatives and text_type go together")
    return Endpoint(
        name=handler.__name__,
        handler=handler,
        ports=ports,
        method=method,
        path=path,
        status=status,
        raises=raises,
        returns=None if returns in (None, NoneType) else returns,
        also_returns=tuple(also_returns),
        body=hints.get("body"),
        query=hints.get("query"),
        signed=typing.get_args(hints["signed"])[0] if "signed" in hints else None,
        params={name: TypeAdapter(hints[name]) for name in in_path},
        needs_caller=bool(asking),
        takes_visitors="visitor" in hints,
        creates="once" in hints,
        **runtime,
    )


def as_function(entry: Callable[..., Any], declaration: Declaration, decorate: Callable[..., Any]) -> FunctionType:
    """The function that functions-framework serves, carrying its declaration."""
    function: FunctionType = decorate(entry)
    setattr(function, ATTRIBUTE, declaration)
    return function


def declaration_of(function: FunctionType) -> Declaration:
    """The declaration that a decorated function carries."""
    declaration: Declaration = getattr(function, ATTRIBUTE)
    return declaration
