"""Write the generated files anew: the function catalogue and the OpenAPI documents (`make generate`)."""

from __future__ import annotations

import json
from pathlib import Path

from shared.edge.families import FAMILIES
from shared.edge.manifest import catalogue, endpoints_of
from shared.edge.openapi import document

ROOT = Path(__file__).resolve().parents[2]


def generated() -> dict[Path, str]:
    """What every generated file should hold, by its path."""
    documents = {
        ROOT / "docs" / "api" / f"{name}.json": document(family, endpoints_of(name))
        for name, family in FAMILIES.items()
    }
    families = [{"name": family.name, "title": family.title} for family in FAMILIES.values()]
    files = {
        ROOT / "functions" / "catalogue.json": catalogue(),
        ROOT / "docs" / "api" / "families.json": families,
        **documents,
    }
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in files.items()}


def main() -> None:
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
