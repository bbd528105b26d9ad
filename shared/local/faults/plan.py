"""What a plan may say: which part does what, at which place, to which matches, and how often."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal, NamedTuple

import msgspec

Part = Literal["firestore", "functions", "identity", "realtimekit", "s3", "scheduler", "storage", "tasks"]
Place = Literal["call", "answer", "deliver"]
Action = Literal["crash", "cut", "delay", "drop", "duplicate", "fail", "reorder", "stall"]
Code = Literal["ABORTED", "DEADLINE_EXCEEDED", "INTERNAL", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "UNKNOWN"]


class PlanError(ValueError):
    """A plan that cannot be carried out; the message names the fault and the reason."""


class _Offer(NamedTuple):
    """What a part can do at one place: the options of each action, and the keys that a match may have."""

    options: Mapping[str, set[str]]
    keys: set[str]


_RPC = _Offer({"crash": set(), "stall": {"delay_s"}, "fail": {"code"}}, {"method"})
_HTTP = _Offer({"crash": set(), "stall": {"delay_s"}, "fail": {"status"}}, {"method", "path"})
_HTTP_CUT = _Offer({**_HTTP.options, "cut": {"after_bytes"}}, _HTTP.keys)
_DELIVERY = _Offer(
    {
        "crash": set(),
        "delay": {"delay_s"},
        "drop": set(),
        "duplicate": {"delay_s"},
        "fail": {"status"},
        "reorder": set(),
    },
    {"function"},
)

_OFFERS: Mapping[tuple[Part, Place], _Offer] = {
    ("firestore", "call"): _RPC,
    ("firestore", "answer"): _RPC,
    ("functions", "call"): _Offer(_HTTP.options, {*_HTTP.keys, "function"}),
    ("functions", "answer"): _Offer(_HTTP_CUT.options, {*_HTTP.keys, "function"}),
    ("identity", "call"): _HTTP,
    ("realtimekit", "call"): _HTTP_CUT,
    ("realtimekit", "answer"): _HTTP_CUT,
    ("realtimekit", "deliver"): _Offer(_DELIVERY.options, {"meeting", "recording", "status"}),
    ("s3", "call"): _HTTP,
    ("s3", "answer"): _HTTP_CUT,
    ("scheduler", "deliver"): _DELIVERY,
    ("storage", "call"): _HTTP_CUT,
    ("storage", "answer"): _HTTP_CUT,
    ("storage", "deliver"): _Offer(_DELIVERY.options, {"function", "bucket", "object"}),
    ("tasks", "call"): _RPC,
    ("tasks", "answer"): _RPC,
    ("tasks", "deliver"): _Offer(_DELIVERY.options, {"function", "queue", "task"}),
}


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault: after `skip` matches, the next `times` matches meet it.

    The values of `match` are shell patterns (`*`, `?`, `[…]`); a `path` need only begin with its pattern.
    """

    part: Part
    at: Place
    do: Action
    match: dict[str, str] = {}
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    delay_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    code: Code | None = None
    status: Annotated[int, msgspec.Meta(ge=400, le=599)] | None = None
    after_bytes: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        where = f"{self.part} at {self.at!r}"
        offer = _OFFERS.get((self.part, self.at))
        if offer is None:
            places = [place for part, place in _OFFERS if part == self.part]
            raise ValueError(f"{self.part} has no faults at {self.at!r}, only at {_listed(places)}")
        if self.do not in offer.options:
            raise ValueError(f"{where} cannot {self.do!r}, only {_listed(offer.options)}")
        if unknown := self.match.keys() - offer.keys:
            raise ValueError(f"{where} does not know the match {_listed(unknown)}, only {_listed(offer.keys)}")
        options = {name for name in ("delay_s", "code", "status", "after_bytes") if getattr(self, name) is not None}
        if options != offer.options[self.do]:
            wanted = _listed(offer.options[self.do]) or "nothing"
            raise ValueError(f"{self.do!r} of {where} takes {wanted}, not {_listed(options) or 'nothing'}")

    def fits(self, at: Place, subject: Mapping[str, str]) -> bool:
        """Say whether this fault is meant for what passes a place."""
        patterns = {key: pattern + "*" if key == "path" else pattern for key, pattern in self.match.items()}
        return at == self.at and all(fnmatchcase(subject[key], pattern) for key, pattern in patterns.items())


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All faults, in the order in which a match is offered to them: the first that takes it has it."""

    faults: tuple[Fault, ...]


def parse_plan(content: bytes) -> Plan:
    """Read a plan (JSON).

    Raises:
        PlanError: it says something that no part can do.
    """
    try:
        return msgspec.json.decode(content, type=Plan)
    except msgspec.DecodeError as error:
        raise PlanError(f"the plan of faults is refused: {error}") from error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
