"""What a plan may say: which part, at which place, on which matches, does what, how often."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal, NamedTuple

import msgspec

Part = Literal["firestore", "functions", "identity", "s3", "scheduler", "storage", "tasks"]
Place = Literal["call", "answer", "deliver"]
Action = Literal["crash", "cut", "delay", "drop", "duplicate", "fail", "reorder", "stall"]
Code = Literal[
    *("CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED"),
    *("OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"),
]
