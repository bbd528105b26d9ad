"""Everything that is declared under `functions/`, and the catalogue made from it.

The catalogue (`functions/catalogue.json`) is generated and committed; the local platform and infrastructure read it.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import FunctionType
from typing import Any

import functions
from shared.adapters.firestore.queries import EXEMPT, TTL, composite_indexes
from shared.edge.declarations import Declaration, Endpoint, declaration_of
from shared.edge.invocables import Job, Task, Trigger
from shared.recordings.codec import to_plain
from shared.recordings.pipelines import PIPELINES, QUEUES


def entry_points() -> dict[str, FunctionType]:
    """Every declared function by name; all of them are imported."""
    found: dict[str, FunctionType] = {}
    for module in pkgutil.walk_packages(functions.__path__, "functions."):
        parts = module.name.split(".")
        if module.ispkg or len(parts) != 3:
            continue
        name = f"{parts[1]}_{parts[2]}"
        found[name] = getattr(importlib.import_module(module.name), name)
    return dict(sorted(found.items()))


def declarations() -> list[Declaration]:
    """Every declaration, by name."""
    return [declaration_of(function) for function in entry_points().values()]


def endpoints_of(family: str) -> list[Endpoint]:
    """The endpoints of one family, by name."""
    return [one for one in declarations() if isinstance(one, Endpoint) and one.family.name == family]


def catalogue() -> dict[str, Any]:
    """The catalogue of functions, queues, pipelines and indexes, as JSON."""
    return {
        "functions": [describe(declaration) for declaration in declarations()],
        "queues": [to_plain(queue) for queue in QUEUES],
        "pipelines": {
            name: [
                {
                    "step": stage.step.name,
                    "queue": stage.step.queue,
                    "after": [earlier.name for earlier in stage.after],
                    "optional": stage.optional,
                    "max_attempts": stage.step.max_attempts,
                }
                for stage in pipeline.stages
            ]
            for name, pipeline in PIPELINES.items()
        },
        "indexes": composite_indexes(),
        "ttl": [{"collection": collection, "field": field} for collection, field in TTL],
        "exempt": [{"collection": collection, "field": field} for collection, field in EXEMPT],
    }


def describe(declaration: Declaration) -> dict[str, Any]:
    """One function as the catalogue has it."""
    entry: dict[str, Any] = {
        "name": declaration.name,
        "kind": declaration.kind,
        "signature": declaration.signature,
        "summary": declaration.summary,
        "profile": declaration.profile,
        "memory_mb": declaration.memory_mb,
        "timeout_s": declaration.timeout_s,
        "concurrency": declaration.concurrency,
        "ports": sorted(port.__name__ for port in declaration.ports.values()),
    }
    if isinstance(declaration, Endpoint):
        entry |= {
            "method": declaration.method,
            "mount": declaration.family.mount,
            "path": declaration.path,
        }
    if isinstance(declaration, Trigger):
        entry["bucket"] = str(declaration.bucket)
    if isinstance(declaration, Task):
        entry |= {"queue": declaration.queue, "max_attempts": declaration.max_attempts}
    if isinstance(declaration, Job):
        entry["schedule"] = declaration.schedule
    return entry
