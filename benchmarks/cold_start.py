"""What importing a function costs over importing the libraries that it needs."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from functools import partial
from typing import Any

from benchmarks.function_process import ROOT
from benchmarks.report import Figure, Limit, Section
from benchmarks.timing import alternate, milliseconds

TURNS, TRIES = 7, 2
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
        method="A fresh interpreter imports a function with the adapters of its ports and, in turns, another one only "
        "the libraries that the edge and these adapters stand on; user and system CPU time, the least of two "
        "tries: whatever else a machine does only adds to it.",
        figures=[_figure(name, ports) for name, ports in _endpoints().items()],
    )


def _figure(name: str, ports: list[str]) -> Figure:
    measures = partial(_least_cpu_s, LOAD.format(name=name)), partial(_least_cpu_s, _libraries(ports))
    alternate(1, *measures)  # writes bytecode, and fills the file cache
    our_times, floor_times = alternate(TURNS, *measures)
    return Figure(
        what=f"import `{name}`",
        unit="ms",
        values=milliseconds(our_times),
        floors=milliseconds(floor_times),
        limit=Limit("≤", 1.15),
    )


def _endpoints() -> dict[str, list[str]]:
    """The ports of every function that a client waits for, by its name."""
    catalogue: dict[str, Any] = json.loads((ROOT / "functions" / "catalogue.json").read_text())
    return {one["name"]: one["ports"] for one in catalogue["functions"] if one["kind"] == "endpoint"}


def _libraries(ports: list[str]) -> str:
    """A program that imports what a function with these ports needs."""
    clients = dict.fromkeys(library for port, library in CLIENT.items() if port in ports)
    return "; ".join((EDGE, *(f"import {library}" for library in clients)))


def _least_cpu_s(program: str) -> float:
    return min(_cpu_s(program) for _ in range(TRIES))


def _cpu_s(program: str) -> float:
    """CPU seconds of a process from its start until the program is through; how it would end is not measured."""
    # A deployment is compiled when it is built, so bytecode must be there, or be written, whatever this shell prefers.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"{program}\nimport os; os._exit(0)"], cwd=ROOT, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
