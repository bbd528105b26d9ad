"""Values that a JSON schema takes: well-formed requests to endpoints that nobody has written an example for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

#: `^frm_[A-Z0-9]{8}$`: an id that is a prefix and letters of one set.
_ID_PATTERN = re.compile(r"\^(?P<prefix>\w*)\[(?P<letter>\w)[^\]]*\]\{(?P<count>\d+)(?:,\d*)?\}\$")

Schema = Mapping[str, Any]
#: What to write where any text will do, by the place (`name`, `navigations.url`).
Text = Callable[[str], str]


def sample(model: type[BaseModel], text: Text, *, optional: bool) -> dict[str, Any]:
    """An object that the model takes, with or without the members that may be left out.

    Raises:
        TypeError: the schema holds something that there is no sample for.
    """
    schema = model.model_json_schema()
    made: dict[str, Any] = _Sampler(text, schema.get("$defs", {}), optional=optional).value(schema, "")
    return made


@dataclass(frozen=True)
class _Sampler:
    text: Text
    definitions: Mapping[str, Schema]
    optional: bool

    def value(self, schema: Schema, place: str) -> Any:
        if "$ref" in schema:
            return self.value(self.definitions[schema["$ref"].rpartition("/")[2]], place)
        if "anyOf" in schema:
            return self.value(schema["anyOf"][0], place)
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if "type" not in schema:
            return self.text(place)
        return self._of_type(schema["type"], schema, place)

    def _of_type(self, type_: str, schema: Schema, place: str) -> Any:
        match type_:
            case "object":
                return self._object(schema, place)
            case "array":
                return [self.value(schema["items"], place)] if self.optional or schema.get("minItems") else []
            case "string":
                return self._string(schema, place)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return schema.get("default", False)
        raise TypeError(f"{place}: no sample of {type_}")

    def _object(self, schema: Schema, place: str) -> dict[str, Any]:
        required = schema.get("required", [])
        return {
            name: self.value(member, f"{place}.{name}".removeprefix("."))
            for name, member in schema.get("properties", {}).items()
            if self.optional or name in required
        }

    def _string(self, schema: Schema, place: str) -> str:
        match schema.get("format") or schema.get("pattern"):
            case None if place.lower().endswith(("url", "urls")):
                return f"https://shop.example/?token={self.text(place)}"
            case None:
                return self.text(place)
            case "binary":
                return self.text(place)
            case "uuid":
                return str(uuid4())
            case "date-time":
                return "2026-05-04T10:00:00Z"
            case other if place.endswith("secret") and (found := _ID_PATTERN.fullmatch(other)):
                return found["prefix"] + self.text(place).replace(".", "-")
            case other if found := _ID_PATTERN.fullmatch(other):
                return found["prefix"] + found["letter"] * int(found["count"])
        raise TypeError(f"{place}: no sample of {dict(schema)}")
