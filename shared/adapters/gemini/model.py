"""Ask a Gemini model on Vertex AI for JSON, again where another try may help.

Retries are ours and not the SDK's, because only ours honour `Retry-After` and stay within the time of a step.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from shared.adapters.gemini.failures import (
    ModelFailure,
    ModelRefused,
    ModelUnusable,
    failure_of,
    known_failures,
)
from shared.structs import Struct

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.genai import Client
    from google.genai.types import GenerateContentConfig, Part

Answer = TypeVar("Answer")

MAX_ANSWER_CHARACTERS = 256 * 1024
_FINISHED = "STOP"
_CUT_OFF = "MAX_TOKENS"
#: A second try may end differently.
_STUMBLED = frozenset({"OTHER", "FINISH_REASON_UNSPECIFIED", "MALFORMED_RESPONSE", "MALFORMED_FUNCTION_CALL"})


class Patience(Struct, frozen=True, kw_only=True):
    """How long one question may take."""

    timeout_s: float = 60.0  #: of one request
    attempts: int = 3
    first_pause_s: float = 1.0  #: doubles with each attempt; `Retry-After` wins over it
    longest_pause_s: float = 20.0  #: who asks for more is not waited for


class GeminiModel:
    """One model, and the patience that is had with it.

    Args:
        name: such as `gemini-2.5-flash`.
        base_url: where Vertex AI's REST API is, if it is not Google's own.
        credentials: whose; None is the function's own identity.
        pause: waits between two attempts.
    """

    def __init__(
        self,
        name: str,
        *,
        project: str,
        location: str,
        patience: Patience,
        base_url: str | None = None,
        credentials: Credentials | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._patience = patience
        self._pause = pause
        self._client = _connect(project, location, base_url, credentials, patience.timeout_s)

    def ask(self, parts: Sequence[Part], config: GenerateContentConfig, read: Callable[[object], Answer]) -> Answer:
        """Return what `read` makes of the JSON that the model answers.

        A request may be sent several times, and each one is paid for.

        Raises:
            ModelFailure: one of its kinds, of the last attempt; `read` raises ModelUnusable.
        """
        for attempt in range(1, self._patience.attempts + 1):
            try:
                return read(self._generate(parts, config))
            except ModelFailure as failure:
                pause_s = self._pause_after(failure, attempt)
                if pause_s is None:
                    raise
            self._pause(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _generate(self, parts: Sequence[Part], config: GenerateContentConfig) -> object:
        from google.genai import types

        question = types.Content(role="user", parts=list(parts))
        try:
            response = self._client.models.generate_content(model=self.name, contents=[question], config=config)
        except known_failures() as error:
            raise failure_of(error) from error
        return _json_of(response)

    def _pause_after(self, failure: ModelFailure, attempt: int) -> float | None:
        """Return how long to wait before the next attempt, or None if there is none."""
        if not failure.retryable or attempt >= self._patience.attempts:
            return None
        pause_s = self._patience.first_pause_s * 2 ** (attempt - 1)
        if failure.retry_after_s is not None:
            pause_s = failure.retry_after_s
        return pause_s if pause_s <= self._patience.longest_pause_s else None


def _connect(
    project: str, location: str, base_url: str | None, credentials: Credentials | None, timeout_s: float
) -> Client:
    from google import genai
    from google.genai import types

    options = types.HttpOptions(base_url=base_url, api_version="v1", timeout=int(timeout_s * 1000))
    return genai.Client(
        vertexai=True, project=project, location=location, credentials=credentials, http_options=options
    )


def _json_of(response: Any) -> object:
    text = _text_of(response)
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise ModelUnusable("oversized", f"The answer has {len(text)} characters.")
    try:
        return json.loads(text)
    # A thousand brackets are JSON too.
    except (ValueError, RecursionError) as error:
        raise ModelUnusable("not_json", "The answer is not JSON.") from error


def _text_of(response: Any) -> str:
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise ModelRefused("blocked", f"The question was blocked: {feedback.block_reason.value}.")
    if not response.candidates:
        raise ModelUnusable("empty", "The answer has no candidate.")
    candidate = response.candidates[0]
    _check_finish(candidate.finish_reason.value if candidate.finish_reason else _FINISHED)
    parts = candidate.content.parts if candidate.content is not None else None
    text = "".join(part.text for part in parts or () if part.text and not part.thought)
    if not text.strip():
        raise ModelUnusable("empty", "The answer has no text.")
    return text


def _check_finish(reason: str) -> None:
    if reason == _FINISHED:
        return
    if reason == _CUT_OFF:
        raise ModelUnusable("cut_off", "The answer was longer than it may be.")
    if reason in _STUMBLED:
        raise ModelUnusable("empty", f"The model gave up: {reason}.")
    raise ModelRefused("blocked", f"The answer was blocked: {reason}.")
