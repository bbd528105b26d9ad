"""What a load balancer does with the route rules of a URL map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def backend_for(rules: Iterable[Mapping[str, Any]], method: str, path: str) -> str | None:
    """The service of the first rule, by priority, one of whose match rules fits."""
    for rule in sorted(rules, key=lambda rule: float(rule["priority"])):
        if any(_fits(match, method, path) for match in rule["matchRules"]):
            service: str = rule["service"]
            return service
    return None


def _fits(match: Mapping[str, Any], method: str, path: str) -> bool:
    for header in match.get("headerMatches", ()):
        assert header["headerName"] == ":method"
        if header["exactMatch"] != method:
            return False
    if "fullPathMatch" in match:
        return bool(match["fullPathMatch"] == path)
    if "prefixMatch" in match:
        return path.startswith(match["prefixMatch"])
    template = re.sub(r"\{\w+=\*\}", "[^/]+", match["pathTemplateMatch"])
    return re.fullmatch(template, path) is not None
