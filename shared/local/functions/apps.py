"""Build the functions-framework app of each function, as its own container would."""

import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import functions_framework
from gunicorn.http.errors import NoMoreData
from werkzeug.exceptions import ClientDisconnected

from shared.local.functions.manifest import DeclaredFunction

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def load_apps(functions: Iterable[DeclaredFunction], source: Path) -> "dict[str, WSGIApplication]":
    """Return the app of each function by its name; every function is imported, and an error of it raised."""
    apps: dict[str, WSGIApplication] = {}
    for function in functions:
        app = functions_framework.create_app(  # type: ignore[no-untyped-call]
            function.name, str(source), function.signature
        )
        app.logger.addFilter(_is_not_a_disconnect)
        apps[function.name] = app
    _undo_marks_of_the_last_app()
    return apps


def _undo_marks_of_the_last_app() -> None:
    """Remove what create_app leaves behind for the one function that a container has; here there are many."""
    for variable in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        os.environ.pop(variable, None)
    sys.path[:] = dict.fromkeys(sys.path)  # it appends the source's folder once per app


def _is_not_a_disconnect(record: logging.LogRecord) -> bool:
    # functions-framework reads what is left of a body after the response; a client that left while sending it
    # would otherwise be logged as a crash of the function.
    return record.exc_info is None or not isinstance(record.exc_info[1], ClientDisconnected | NoMoreData)
