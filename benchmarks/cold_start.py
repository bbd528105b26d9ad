"""What importing a function costs over importing the libraries that it needs."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.function_process import ROOT
from benchmarks.report import Figure, Limit, Section
from benchmarks.timing import alternate, milliseconds

TURNS = 16
#: So many functions are compared with one floor: more would be too long after it.
TOGETHER = 5
#: What the edge cannot do without; pydantic is lazy, and is not there before it is asked for a name.
EDGE = "import functions_framework, flask, msgspec, jwt; from pydantic import BaseModel, Field, TypeAdapter"
#: The library that an adapter cannot do without, by its port.
CLIENT = {
    "Recordings": "google.cloud.firestore",
    "Rooms": "google.cloud.firestore",
    "Media": "google.cloud.storage",
    "Tasks": "google.cloud.tasks_v2",
}
#: Loads a function as the framework and then its first request do, with the adapters of its ports and of the keys.
LOAD = """
import functions_framework
from functions import main
from shared import ports
from shared.loading import load
from shared.wiring import wire_of
declaration = getattr(main, {name!r}).declaration
for port in (*declaration.ports.values(), ports.Keys):
    load(wire_of(port).factory.partition(":")[0])
"""


def run() -> Section:
    return Section(
        title="Cold start",
        method="A fresh interpreter imports a function with the adapters of its ports and, in turns with it and "
        "a few others, one imports only the libraries that the edge and these adapters stand on; user and system CPU "
        "time. One ratio is off by 15 % where other machines share the processor, their median by 4 %.",
        figures=sorted(_figures(_endpoints()), key=lambda figure: figure.what),
    )


def _figures(endpoints: Mapping[str, Sequence[str]]) -> Iterator[Figure]:
    names_by_floor: dict[str, list[str]] = {}
    for name, ports in endpoints.items():
        names_by_floor.setdefault(_libraries(ports), []).append(name)
    for floor, names in names_by_floor.items():
        for begin in range(0, len(names), TOGETHER):
            yield from _compare(floor, names[begin : begin + TOGETHER])


def _compare(floor: str, names: Sequence[str]) -> Iterator[Figure]:
    """The figures of some functions that need the same libraries."""
    measures = [partial(_cpu_s, program) for program in (floor, *(LOAD.format(name=name) for name in names))]
    alternate(1, *measures)  # writes bytecode, and fills the file cache
    floor_times, *all_times = alternate(TURNS, *measures)
    for name, times in zip(names, all_times, strict=True):
        yield Figure(
            what=f"import `{name}`",
            unit="ms",
            values=milliseconds(times),
            floors=milliseconds(floor_times),
            limit=Limit("≤", 1.15),
        )


def _endpoints() -> Mapping[str, Sequence[str]]:
    """The ports of every function that a client waits for, by its name."""
    catalogue: dict[str, Any] = json.loads((ROOT / "functions" / "catalogue.json").read_text())
    return {one["name"]: one["ports"] for one in catalogue["functions"] if one["kind"] == "endpoint"}


def _libraries(ports: Sequence[str]) -> str:
    """A program that imports what a function with these ports needs."""
    clients = dict.fromkeys(library for port, library in CLIENT.items() if port in ports)
    return "; ".join((EDGE, *(f"import {library}" for library in clients)))


def _cpu_s(program: str) -> float:
    """CPU seconds of a process from its start until the program is through; how it would end is not measured."""
    # A deployment is compiled when it is built, so bytecode must be there, or be written, whatever this shell prefers.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"{program}\nimport os; os._exit(0)"], cwd=ROOT, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
