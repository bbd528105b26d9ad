"""Feedback recordings as clients send them, made in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.upload_policy import SettledUploadPolicy
from shared.edge.bodies import parse_body
from shared.feedback.api import NewRecording
from shared.feedback.creating import Created, create_recording
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.recordings.visitors import Visitor
from shared.structs import replace
from tests.unit.examples import ANNA, World

CARL = replace(ANNA, user_id="carl")  #: a colleague of Anna's, of the same tenant
ADDRESS = "192.0.2.1"
NOBODY_KNOWN = Visitor(address=ADDRESS)
PEPPER = "a-pepper-of-at-least-32-characters"
METADATA: Mapping[str, Any] = {
    "version": "1.4.0",
    "duration": 12.5,
    "url": "https://shop.example/checkout?step=2",
    "title": "The button does nothing",
    "intent": "bug",
    "features": {"console": True},
    "visitedUrls": ["https://shop.example/", "https://shop.example/checkout"],
}


def new_feedback(**members: Any) -> NewRecording:
    """A create body, read as the edge reads it."""
    return parse_body(json.dumps({"metadata": METADATA, **members}).encode(), NewRecording)


def known(caller: Caller) -> Visitor:
    """Somebody with credentials."""
    return Visitor(address=ADDRESS, caller=caller)


def holder(id: str, *, caller: Caller | None = None) -> Visitor:
    """Somebody with a recording's upload token."""
    return Visitor(address=ADDRESS, caller=caller, holds_token_of=id)


@dataclass
class FeedbackWorld(World):
    """Every port in memory, and what is asked of feedback."""

    policy: SettledUploadPolicy = field(default_factory=lambda: SettledUploadPolicy(True, PEPPER))

    def leave(self, new: NewRecording | None = None, *, by: Visitor | None = None, once: Once | None = None) -> Created:
        """Create a feedback recording; Anna's unless somebody else is named."""
        return create_recording(
            new or new_feedback(),
            by=by or known(ANNA),
            once=once or Once(),
            recordings=self.recordings,
            media=self.media,
            policy=self.policy,
            ids=self.ids,
            clock=self.clock,
        )
