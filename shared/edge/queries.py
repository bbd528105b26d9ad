"""Query parameters: stricter about numbers than Python and pydantic are, to which `5.0` and `1_0` are integers."""

from __future__ import annotations

import re
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from shared.edge.bodies import invalid
from shared.errors import InvalidRequest

Model = TypeVar("Model", bound=BaseModel)

_NUMBERS = {
    int: (re.compile(r"-?[0-9]{1,20}"), "an integer"),
    float: (re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?"), "a number"),
}


def parse_query(arguments: MultiDict[str, str], model: type[Model]) -> Model:
    """The query as a model. Of a parameter that comes twice the first one counts; unknown ones are ignored.

    Raises:
        InvalidRequest: not what the model takes.
    """
    values = arguments.to_dict()
    for name, field in ((field.alias or name, field) for name, field in model.model_fields.items()):
        for kind, (pattern, what) in _NUMBERS.items():
            is_such = kind in (field.annotation, *get_args(field.annotation))
            if is_such and name in values and not pattern.fullmatch(values[name]):
                raise InvalidRequest(f"{name}: must be {what}")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error) from None
