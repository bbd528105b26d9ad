"""Combinations of filters that Firestore refuses.

Source: firebase.google.com/docs/firestore/query-data/queries#query_limitations.
"""

import math
from collections import Counter

from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import NAME
from shared.local.firestore.filters import (
    INEQUALITIES,
    AllOf,
    AnyOf,
    Conjunction,
    FieldFilter,
    Filter,
    Op,
    disjuncts,
    field_filters,
)

MAX_DISJUNCTIONS = 30
MAX_INEQUALITY_FIELDS = 10


def check_filters(where: Filter) -> list[Conjunction]:
    """Return the disjunctions of a filter that breaks no rule.

    Raises: Refused (INVALID_ARGUMENT) for one that does.
    """
    _check_negations(where)
    _check_names(where)
    if _count_array_filters(where) > 1:
        raise invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")
    if _count_disjunctions(where) > MAX_DISJUNCTIONS:
        raise invalid(f"Too many disjunctions after normalization: the maximum is {MAX_DISJUNCTIONS}.")
    return disjuncts(where)


def _check_negations(where: Filter) -> None:
    ops = Counter(each.op for each in field_filters(where))
    if ops[Op.NOT_EQUAL] + ops[Op.NOT_IN] > 1:
        raise invalid("Only a single '!=' or 'NOT_IN' filter allowed per query.")
    if ops[Op.NOT_IN] and (ops[Op.IN] or ops[Op.ARRAY_CONTAINS_ANY] or _has_or(where)):
        raise invalid("'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or OR filters.")


def _check_names(where: Filter) -> None:
    unequal = {each.path for each in field_filters(where) if each.op in INEQUALITIES}
    if len(unequal) > MAX_INEQUALITY_FIELDS:
        raise invalid(f"A query may not have more than {MAX_INEQUALITY_FIELDS} distinct inequality fields.")
    named = any(each.path == NAME for each in field_filters(where))
    if named and unequal and NAME not in unequal:
        raise invalid("Equality on key is not allowed if there are other inequality fields.")


def _has_or(where: Filter) -> bool:
    if isinstance(where, AllOf):
        return any(map(_has_or, where.filters))
    return isinstance(where, AnyOf)


def _count_array_filters(where: Filter) -> int:
    """Return how many array filters apply at once, at most."""
    if isinstance(where, FieldFilter):
        return int(where.op in (Op.ARRAY_CONTAINS, Op.ARRAY_CONTAINS_ANY))
    counts = map(_count_array_filters, where.filters)
    return max(counts, default=0) if isinstance(where, AnyOf) else sum(counts)


def _count_disjunctions(where: Filter) -> int:
    """Return how many rows `disjuncts` would have, without making what may be 30 to the power of anything."""
    if isinstance(where, FieldFilter):
        return len(where.operands) if where.op in (Op.IN, Op.ARRAY_CONTAINS_ANY) else 1
    counts = map(_count_disjunctions, where.filters)
    if isinstance(where, AnyOf):
        return sum(counts)
    return math.prod(counts)
