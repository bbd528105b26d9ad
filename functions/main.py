"""The one source file of every deployment.

`functions-framework --source functions/main.py --target capture_get_recording` asks this module for an attribute of
that name; only the module that holds it is imported, so a cold start pays for one function.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import FunctionType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # pydantic looks for them in every installed package


def __getattr__(name: str) -> FunctionType:
    load = importlib.import_module("shared.loading").load  # the path above must be there first
    folder, _, action = name.partition("_")
    module_name = f"functions.{folder}.{action}"
    try:
        module = load(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.startswith(error.name):
            raise AttributeError(f"there is no function {name}") from None
        raise
    function: FunctionType = getattr(module, name)
    load("shared.settings").settings()  # whoever asks for a function is about to serve it: what is missing is said now
    return function
