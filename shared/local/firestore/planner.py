"""Find the sorted indexes from which a query can be read in its own order.

This is about speed only. A scan may yield too much (the filter and the cursors are applied to what it yields)
but never too little, and always in the order of the query.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.local.firestore.documents import Documents
from shared.local.firestore.filters import RANGES, Conjunction, Op
from shared.local.firestore.index_rules import IndexNeed, index_needs
from shared.local.firestore.ordering import AFTER, invert
from shared.local.firestore.query import Query
from shared.local.firestore.schema import IndexField, Mode
from shared.local.firestore.sorted_index import SortedIndex, database_of
from shared.local.firestore.stored_document import StoredDocument


@dataclass(frozen=True)
class IndexScan:
    """A range of one sorted index."""

    index: SortedIndex
    bucket: str
    low: bytes
    high: bytes

    def documents(self) -> Iterator[StoredDocument]:
        """Yield the documents in the range, in order."""
        return self.index.scan(self.bucket, self.low, self.high)


def plan_scans(query: Query, documents: Documents) -> list[IndexScan] | None:
    """Return one scan per row of the query's filter, or None when some row has no index of its own."""
    scans = []
    for row, need in zip(query.rows, index_needs(query), strict=True):
        index = _find_index(need, documents)
        if index is None:
            return None
        scans.append(_plan_scan(query, row, need, index))
    return scans


def _find_index(need: IndexNeed, documents: Documents) -> SortedIndex | None:
    wanted = frozenset(need.equalities)
    if need.contains:
        return None
    for index in documents.indexes(need.collection):
        if index.definition.group == need.group and need.covered_by(index.definition) == wanted:
            return index
    return None


def _plan_scan(query: Query, row: Conjunction, need: IndexNeed, index: SortedIndex) -> IndexScan:
    prefix = _equality_prefix(row, need, index)
    low, high = _range_bounds(row, need.orders[0])
    if len(need.orders) == len(query.orders):
        low, high = max(low, query.low), min(high, query.high)
    bucket = database_of(query.parent) if need.group else f"{query.parent}/{query.collection_id}"
    return IndexScan(index, bucket, prefix + low, prefix + high)


def _equality_prefix(row: Conjunction, need: IndexNeed, index: SortedIndex) -> bytes:
    operands = {each.path: each.operands[0] for each in row if each.op is Op.EQUAL}
    leading = index.definition.fields[: -len(need.orders)]
    keys = (invert(operands[f.path]) if f.mode is Mode.DESCENDING else operands[f.path] for f in leading)
    return b"".join(keys)


def _range_bounds(row: Conjunction, order: IndexField) -> tuple[bytes, bytes]:
    """Return the bounds that range filters on the first ordered field set to its sort key."""
    low, high = b"", AFTER
    for each in row:
        if each.path != order.path or each.op not in RANGES:
            continue
        descending = order.mode is Mode.DESCENDING
        key = invert(each.operands[0]) if descending else each.operands[0]
        less = each.op in (Op.LESS_THAN, Op.LESS_THAN_OR_EQUAL)
        inclusive = each.op in (Op.LESS_THAN_OR_EQUAL, Op.GREATER_THAN_OR_EQUAL)
        if less == descending:
            low = max(low, key if inclusive else key + AFTER)
        else:
            high = min(high, key + AFTER if inclusive else key)
    return low, high
