"""Where our server and Google's emulator are known to differ, and why; what is drawn keeps away from it.

Each difference is a function that says whether a query has it; its docstring is the reason. The tests in
`test_oracle_differences` fail when one of them is gone.
"""

from tests.local.oracle_queries import NAME, Aggregate, Find


def is_comparable(asked: Find | Aggregate) -> bool:
    """Say whether a query has no known difference."""
    find = asked.find if isinstance(asked, Aggregate) else asked
    known = scans_names_backwards(find) or compares_twice(find) or compares_nanoseconds(find)
    return not (known or aggregates_by_name(asked))


def scans_names_backwards(find: Find) -> bool:
    """The emulator has no index of names downwards; ours refuses such a query too, when it enforces indexes."""
    equalities = [each for each in find.where if getattr(each, "op", "") == "==" and each.comparisons()[0].path != NAME]
    return find.orders == [(NAME, "DESCENDING")] and not equalities


def compares_twice(find: Find) -> bool:
    """The emulator takes identical comparisons for one before it counts those of arrays and lists; nobody asks so."""
    counted = [repr(each) for each in find.comparisons() if each.op.startswith(("in", "array"))]
    return len(set(counted)) < len(counted)


def compares_nanoseconds(find: Find) -> bool:
    """The emulator keeps microseconds, but compares with nanoseconds, except in lists; ours with microseconds."""
    return any(getattr(each.value, "nanosecond", 0) % 1000 for each in find.comparisons())


def aggregates_by_name(asked: Find | Aggregate) -> bool:
    """The emulator refuses sums over a filter of names without an order of the summed fields; nothing says so."""
    if isinstance(asked, Find) or not (asked.sums or asked.averages):
        return False
    return any(each.path == NAME for each in asked.find.comparisons())
