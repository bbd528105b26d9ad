"""Why a URL is not followed.

InvalidRequest
└── ForbiddenAddress   400  forbidden_address   nobody may send us there: the same URL is refused again
Upstream
└── NameNotFound       502  name_not_found      the name has no address now: later it may have one
"""

from __future__ import annotations

from shared.errors import InvalidRequest, Upstream


class ForbiddenAddress(InvalidRequest):
    """This URL leads where we do not go.

    `reason` is short and says nothing about what was found behind a name: `private address`, `port not allowed`, …
    """

    code = "forbidden_address"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The URL is refused: {reason}.")
        self.reason = reason


class NameNotFound(Upstream):
    """The name of this URL has no address, or none was found in time."""

    code = "name_not_found"
