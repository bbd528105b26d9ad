"""Differences from Google's emulator in which our server is wrong; what is drawn keeps away from them until then."""

import math

from tests.local.oracle_queries import NAME, Aggregate, Compare, Find
from tests.local.oracle_values import NUMBERS

INEQUALITIES = ("<", "<=", ">", ">=", "!=", "not-in")

MENDED_NUMBERS = [number for number in NUMBERS if not math.isnan(number)]
"""The operands of `Maximum` and `Minimum` that ours computes with as it should."""


def awaits_mending(asked: Find | Aggregate) -> bool:
    """Say whether our server is known to answer a query wrongly."""
    find = asked.find if isinstance(asked, Aggregate) else asked
    sums = {*asked.sums, *asked.averages} if isinstance(asked, Aggregate) else set()
    ordered = [path for path, _ in find.orders]
    implied = {each.path for each in find.comparisons() if _is_unequal(each)} | sums
    names_are_compared = any(each.path == NAME for each in find.comparisons())
    return (
        (names_are_compared and bool(implied))
        or (NAME in ordered and (ordered[-1] != NAME or not implied <= set(ordered)))
        or len(sums) > 1
        or ("`p.q`" in implied and len(implied) > 1)
    )


def _is_unequal(comparison: Compare) -> bool:
    return comparison.op in INEQUALITIES and comparison.path != NAME
