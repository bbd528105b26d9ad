"""What the variants are written from: the input with its timeline, and the recording in numbers."""

from __future__ import annotations

from collections.abc import Iterable

from shared.sessions.budget import Evidence
from shared.sessions.prompt_input import PromptInput
from shared.sessions.quotations import clock, quote_page_trees, quote_raw_diff, quote_trees
from shared.sessions.timeline import Moment, build_timeline
from shared.structs import Struct


class Reading(Struct, frozen=True):
    """A session, read for a prompt."""

    session: PromptInput
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, session: PromptInput) -> Reading:
        return cls(session, build_timeline(session.frames, session.pages))

    @property
    def new_screens(self) -> tuple[Moment, ...]:
        return tuple(moment for moment in self.moments if moment.is_new_screen)

    @property
    def has_notes(self) -> bool:
        return bool(self.session.notes.strip())

    @property
    def numbers(self) -> tuple[tuple[str, str], ...]:
        """The recording in numbers; nothing in here was read off the recording."""
        summaries = [moment.summary for moment in self.moments]
        pages = self.session.pages
        return (
            ("Length", clock(self.session.duration_ms)),
            ("Moments", f"{len(self.moments)}, of which {len(self.new_screens)} show a new screen"),
            (
                "Elements",
                f"{sum(one.added for one in summaries)} added, {sum(one.changed for one in summaries)} changed, "
                f"{sum(one.removed for one in summaries)} removed",
            ),
            ("Pages opened in a browser", f"{sum(page.is_loaded for page in pages)} of {len(pages)}"),
        )

    def picture(self, moment: Moment) -> str:
        """Name a moment's picture, where pictures are wanted."""
        return f"picture: {moment.frame_id}" if self.session.include_screenshots else ""

    @property
    def about_pictures(self) -> str:
        """Say what the pictures' names are good for, where pictures are wanted."""
        if not self.session.include_screenshots:
            return ""
        return "`picture:` is the id under which the session keeps that frame; ask for it where words are not enough."

    def trees(self, moments: Iterable[Moment] | None = None) -> list[Evidence]:
        """Quote the pages' trees, those of the moments (by default the new screens), and the raw difference, as set."""
        chosen = self.new_screens if moments is None else moments
        pictured = (
            [*quote_page_trees(self.session.pages), *quote_trees(chosen)] if self.session.inline_aria_tree else []
        )
        return [*pictured, *([quote_raw_diff(self.moments)] if self.session.include_raw_diff else [])]
