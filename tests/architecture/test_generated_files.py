"""A fact that is written twice is generated once: the catalogue and the API documents are what the code says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from shared.edge.families import FAMILIES
from shared.edge.generate import generated
from shared.edge.manifest import endpoints_of
from shared.edge.openapi import document
from tests.architecture.source import place

DOCUMENTS = {name: document(family, endpoints_of(name)) for name, family in FAMILIES.items()}

every_document = pytest.mark.parametrize("api", DOCUMENTS.values(), ids=list(DOCUMENTS))


@pytest.mark.parametrize("path", generated(), ids=place)
def test_a_generated_file_is_up_to_date(path: Path) -> None:
    assert path.read_text() == generated()[path], "run: make generate"


@every_document
def test_an_api_document_is_valid_openapi(api: dict[str, Any]) -> None:
    validate(json.loads(json.dumps(api)))


@every_document
def test_every_operation_documents_its_success_and_that_a_caller_or_a_signature_is_needed(api: dict[str, Any]) -> None:
    for operation in _operations(api):
        is_signed = operation.get("security") == []

        assert any(code.startswith("2") for code in operation["responses"])
        # Who signs is not limited: a webhook that is refused does not come again.
        assert {"401", "400" if is_signed else "429"} <= set(operation["responses"])


@every_document
def test_every_schema_that_is_referred_to_is_there_and_every_one_that_is_there_is_used(api: dict[str, Any]) -> None:
    referred = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(api)))

    assert referred == set(api["components"]["schemas"])


@every_document
def test_a_parameter_of_the_path_is_in_the_path_and_the_other_way_round(api: dict[str, Any]) -> None:
    for path, operations in api["paths"].items():
        for operation in operations.values():
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path))


def _operations(api: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for operations in api["paths"].values() for operation in operations.values()]
