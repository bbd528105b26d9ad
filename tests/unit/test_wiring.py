"""Every wire leads from a port to something that makes its adapter."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from shared.wiring import WIRES, Wire, is_port, wire_of


@pytest.mark.parametrize(("name", "wire"), WIRES.items(), ids=list(WIRES))
def test_a_wire_names_a_port_and_a_module_that_is_there(name: str, wire: Wire) -> None:
    module, _, port_name = name.partition(":")
    port: Any = getattr(import_module(f"shared.{module}"), port_name)

    assert port._is_protocol
    assert is_port(port)
    assert wire_of(port) is wire
    assert find_spec(wire.factory.partition(":")[0]) is not None


@pytest.mark.parametrize("hint", [str, None, "ports:Clock", Wire, dict[str, int]], ids=str)
def test_what_nobody_implements_is_no_port(hint: object) -> None:
    assert not is_port(hint)
