"""Telling tenants' servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class WebhookSender(Protocol):
    """Posts to URLs that tenants gave us."""

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        """Post to a tenant's server, and return the status of its answer; nothing else of the answer is kept.

        A redirect is an answer like any other. It takes 30 s at most, however slowly the server answers.

        Raises:
            InvalidRequest: the URL leads where we do not go.
            Upstream: there was no answer.
        """
