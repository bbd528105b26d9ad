"""Load a module late, and fast: a cold start is mostly imports."""

from __future__ import annotations

import gc
import importlib
from types import ModuleType


def load(name: str) -> ModuleType:
    """Import a module without collecting garbage meanwhile, and never look at what it has made again.

    What a module makes while it is loaded lives as long as the process. The collector does not know it: it goes through
    all of it, again and again, for a tenth of the time that a cold start takes.

    Raises:
        ModuleNotFoundError: there is no such module, or one that it needs.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
