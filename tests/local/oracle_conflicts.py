"""Two transactions that run into each other: whoever is refused begins again, as Google's client does it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import Aborted

IDS = ["a", "b", "c"]
FIRST = {"a": 1, "b": 10, "c": 100}

State = dict[str, int]


@dataclass(frozen=True)
class Plan:
    """A transaction: it reads some numbers, and writes twice their sum and something more to some documents."""

    reads: list[str]
    writes: dict[str, int]

    def after(self, state: State) -> State:
        """Return the state that it makes of a state, alone."""
        total = sum(state[id] for id in self.reads)
        return state | {id: 2 * total + more for id, more in self.writes.items()}

    def disturbs(self, other: "Plan") -> bool:
        """Say whether it writes what the other reads."""
        return not set(self.writes).isdisjoint(other.reads)


def serial_states(plans: Sequence[Plan]) -> list[State]:
    """Return the states that two transactions may leave: that of either order."""
    one, two = plans
    return [two.after(one.after(FIRST)), one.after(two.after(FIRST))]


def interleave(collection: Any, plans: Sequence[Plan], turns: Sequence[int]) -> tuple[State, list[Plan]]:
    """Run two transactions by turns (0 or 1), then what is left of each, then again those that were refused.

    Returns the state in the end and the plans that were refused.
    """
    for id, number in FIRST.items():
        collection.document(id).set({"n": number})
    refused = []
    running = [_steps(collection, plan) for plan in plans]
    for turn in [*turns, *[0] * (len(IDS) + 1), *[1] * (len(IDS) + 1)]:
        try:
            next(running[turn], None)
        except Aborted:
            refused.append(plans[turn])
    for plan in refused:
        list(_steps(collection, plan))
    return {snapshot.id: snapshot.get("n") for snapshot in collection.stream()}, refused


def _steps(collection: Any, plan: Plan) -> Iterator[None]:
    """Read a document in each step, and commit in the last."""
    transaction = collection._client.transaction()
    transaction._begin()
    try:
        total = 0
        for id in plan.reads:
            total += collection.document(id).get(transaction=transaction).get("n")
            yield
        for id, more in plan.writes.items():
            transaction.set(collection.document(id), {"n": 2 * total + more})
        transaction._commit()
    except Aborted:
        transaction._rollback()
        raise
