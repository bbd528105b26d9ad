"""Two transactions that run into each other: whoever is refused begins again, as Google's client does it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import Aborted
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.local.oracle_outcomes import LIMITS

IDS = ["a", "b", "c", "new"]
FIRST = {"a": 1, "b": 10, "c": 100}

State = dict[str, int]


@dataclass(frozen=True)
class Plan:
    """A transaction: it reads numbers, by id and (with `at_least`) by query, and then writes or deletes documents.

    It writes twice the sum of what it has read and something more; None deletes the document.
    """

    reads: list[str]
    writes: dict[str, int | None]
    at_least: int | None = None

    def after(self, state: State) -> State:
        """Return the state that it makes of a state, alone."""
        found = [] if self.at_least is None else [number for number in state.values() if number >= self.at_least]
        total = sum(state.get(id, 0) for id in self.reads) + sum(found)
        written = {id: 2 * total + more for id, more in self.writes.items() if more is not None}
        return {id: number for id, number in state.items() if id not in self.writes} | written

    def disturbs(self, other: "Plan") -> bool:
        """Say whether it writes what the other may read."""
        return bool(self.writes) and (other.at_least is not None or not set(self.writes).isdisjoint(other.reads))


@dataclass(frozen=True)
class Ending:
    """What came of two transactions: the state in the end, and which plans were refused before they succeeded."""

    state: State
    refused: list[Plan]


def serial_states(plans: Sequence[Plan]) -> list[State]:
    """Return the states that two transactions may leave: that of either order."""
    one, two = plans
    return [two.after(one.after(FIRST)), one.after(two.after(FIRST))]


def interleave(collection: Any, plans: Sequence[Plan], turns: Sequence[int]) -> Ending:
    """Run two transactions by turns (0 or 1), then what is left of each, then again those that were refused."""
    for id, number in FIRST.items():
        collection.document(id).set({"n": number})
    refused = []
    running = [_steps(collection, plan) for plan in plans]
    most_steps = len(IDS) + 2
    for turn in [*turns, *[0] * most_steps, *[1] * most_steps]:
        try:
            next(running[turn], None)
        except Aborted:
            refused.append(plans[turn])
    for plan in refused:
        list(_steps(collection, plan))
    return Ending({snapshot.id: snapshot.get("n") for snapshot in collection.stream(**LIMITS)}, refused)


def _steps(collection: Any, plan: Plan) -> Iterator[None]:
    """Read a document or query in each step, and commit in the last."""
    transaction = collection._client.transaction()
    transaction._begin()
    try:
        total = 0
        for id in plan.reads:
            snapshot = collection.document(id).get(transaction=transaction, **LIMITS)
            total += snapshot.get("n") if snapshot.exists else 0
            yield
        if plan.at_least is not None:
            query = collection.where(filter=FieldFilter("n", ">=", plan.at_least))
            total += sum(snapshot.get("n") for snapshot in query.stream(transaction=transaction, **LIMITS))
            yield
        _write(transaction, collection, plan, total)
        transaction._commit()
    except Aborted:
        transaction._rollback()
        raise


def _write(transaction: Any, collection: Any, plan: Plan, total: int) -> None:
    for id, more in plan.writes.items():
        if more is None:
            transaction.delete(collection.document(id))
        else:
            transaction.set(collection.document(id), {"n": 2 * total + more})
