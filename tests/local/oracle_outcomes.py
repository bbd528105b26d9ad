"""What came of a call, in a form in which it can be compared between two servers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import GoogleAPICallError

from tests.local.oracle_values import comparable

LIMITS: dict[str, Any] = {"timeout": 20.0, "retry": None}
"""Options of every call: nothing is tried again, for that would hide how it was refused."""


@dataclass(frozen=True, order=True)
class Moment:
    """A time that a server gave: two servers agree on the order of their times, see `ranked`."""

    ns: int


def outcome_of(call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a call returns, or how it was refused."""
    try:
        return call(*arguments)
    except GoogleAPICallError as refusal:
        code = refusal.grpc_status_code
        return f"refused: {code.name if code else refusal}"
    except ValueError:
        return "refused by the client"


def moment(time: Any) -> Moment | None:
    """Return a protobuf timestamp, or what Google's client makes of one."""
    if time is None:
        return None
    timestamp = time.timestamp_pb() if hasattr(time, "timestamp_pb") else time
    return Moment(timestamp.ToNanoseconds())


def document(snapshot: Any) -> Any:
    """Return a document that was found."""
    times = moment(snapshot.create_time), moment(snapshot.update_time)
    return snapshot.reference.path, comparable(snapshot.to_dict()), times


def ranked(outcome: Any) -> Any:
    """Return an outcome with each moment as its rank among all of them."""
    return _replaced(outcome, {each: rank for rank, each in enumerate(sorted(set(_moments(outcome))))})


def timeless(outcome: Any) -> Any:
    """Return an outcome in which all moments are one."""
    return _replaced(outcome, dict.fromkeys(_moments(outcome), 0))


def _moments(outcome: Any) -> Iterator[Moment]:
    if isinstance(outcome, Moment):
        yield outcome
    elif isinstance(outcome, list | tuple):
        for each in outcome:
            yield from _moments(each)


def _replaced(outcome: Any, ranks: dict[Moment, int]) -> Any:
    if isinstance(outcome, Moment):
        return f"time {ranks[outcome]}"
    if isinstance(outcome, list | tuple):
        return [_replaced(each, ranks) for each in outcome]
    return outcome
