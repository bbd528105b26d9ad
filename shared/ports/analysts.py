"""What makes sense of a recording: the timeline in, statements with citations out.

    AnalysisError
    ├── AnalystUnavailable   could not be asked now: `timed_out`, `unreachable`, `rate_limited`, `failed`
    ├── UnusableAnswer       answered what nothing can be made of: `empty`, `not_json`, `not_an_analysis`, `oversized`,
    │                        `cut_off`, or `invented` (the evidence bears nothing of it out)
    ├── AnalystRefused       will not look at this recording: `blocked`
    └── AnalystRejectedUs    the deployment is at fault: `not_allowed`, `unknown_model`, `bad_request`

Nothing that an analyst says is believed: the verifier drops what the evidence does not bear out.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from shared.evidence.analysis import Draft
from shared.evidence.timeline import Timeline
from shared.structs import Struct


class AnalysisError(Exception):
    """A recording was not analysed; `retryable` tells whether the same analyst may do it later."""

    retryable: ClassVar[bool] = False

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class AnalystUnavailable(AnalysisError):
    """The analyst could not be asked, after all the tries that it was allowed."""

    retryable = True


class UnusableAnswer(AnalysisError):
    """The answer says nothing that can be used; another try may say more."""

    retryable = True


class AnalystRefused(AnalysisError):
    """The analyst will not look at this recording, now or later."""


class AnalystRejectedUs(AnalysisError):
    """The analyst does not take what this deployment sends: somebody must change a setting."""


class Brief(Struct, frozen=True, kw_only=True):
    """What the person said of the recording; already without secrets."""

    title: str
    intent: str
    url: str


class Analyst(Protocol):
    """Say what happened in a recording."""

    @property
    def name(self) -> str:
        """Who this is: `offline`, or the model's name."""

    def analyse(self, timeline: Timeline, brief: Brief) -> Draft:
        """Cut the recording into sections and say what happened, every statement with its evidence.

        May be called twice, and from several threads.

        Raises:
            AnalysisError: one of its kinds, as the module lists them.
        """
