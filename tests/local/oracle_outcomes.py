"""What came of a call, in a form in which two servers can be compared."""

from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import GoogleAPICallError

from tests.local.oracle_values import readable

LIMITS: dict[str, Any] = {"timeout": 20.0, "retry": None}


def outcome_of(call: Callable[[], Any]) -> Any:
    """Return what a call returns, or how it was refused."""
    try:
        return call()
    except GoogleAPICallError as refusal:
        return f"refused: {refusal.grpc_status_code.name}"  # type: ignore[union-attr]
    except ValueError:
        return "refused by the client"


def found_by(query: Any) -> Any:
    """Return the documents that a query finds, in order."""
    return outcome_of(lambda: [(s.reference.path, readable(s.to_dict())) for s in query.stream(**LIMITS)])


def computed_by(aggregation: Any) -> Any:
    """Return the results of an aggregation by alias; twelve digits of a double, for sums depend on the order."""
    return outcome_of(lambda: {each.alias: rounded(each.value) for each in aggregation.get(**LIMITS)[0]})


def rounded(value: Any) -> str:
    """Return a number to twelve digits."""
    return f"{value:.12g}" if isinstance(value, float) else repr(value)
