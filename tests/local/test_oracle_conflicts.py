"""Two transactions leave what one after the other would, on our server and on Google's emulator.

Which of them is refused differs: ours refuses the one that commits last, and the emulator, whose locks time out
after two seconds, the one that commits first. Where neither writes what the other reads, nothing differs.
"""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.local.oracle_collections import unused_collections
from tests.local.oracle_conflicts import IDS, Plan, interleave, serial_states
from tests.local.oracle_server import ORACLE_JAR
from tests.local.oracle_settings import examples

pytest_plugins = ["tests.local.firestore_fixtures", "tests.local.oracle_fixtures"]

__test__ = ORACLE_JAR is not None

ids = st.sampled_from(IDS)
plans = st.builds(
    Plan,
    reads=st.lists(ids, max_size=2, unique=True),
    writes=st.dictionaries(ids, st.none() | st.integers(0, 9), max_size=2),
    at_least=st.sampled_from([None, None, 5, 50]),
)
turns = st.lists(st.sampled_from([0, 1]), max_size=8)
LOST_UPDATE = [Plan(["a"], {"a": 1}), Plan(["a"], {"a": 2})]
WRITE_SKEW = [Plan(["a", "b"], {"a": 1}), Plan(["a", "b"], {"b": 2})]
PHANTOM = [Plan([], {"new": 50}, at_least=50), Plan([], {"b": None}, at_least=5)]
BLIND = [Plan([], {"a": 1, "new": 2}), Plan([], {"a": 3, "b": None})]


@examples(bounded=8, searched=200)
@given(pair=st.lists(plans, min_size=2, max_size=2), turns=turns)
@example(pair=LOST_UPDATE, turns=[0, 1])
@example(pair=WRITE_SKEW, turns=[0, 1, 1, 0])
@example(pair=PHANTOM, turns=[0, 1])
@example(pair=BLIND, turns=[1, 0])
def test_two_transactions_leave_what_one_after_the_other_would(
    clients: tuple[Any, Any], pair: list[Plan], turns: list[int]
) -> None:
    one, two = pair

    ours, google = (interleave(collection, pair, turns) for collection in unused_collections(clients))

    for ending in (ours, google):
        assert ending.state in serial_states(pair)
    if not (one.disturbs(two) or two.disturbs(one)):
        assert ours == google
        assert not ours.refused
