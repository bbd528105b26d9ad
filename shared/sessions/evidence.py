"""What a session's recording showed: the frames and the pages, as one stored object.

Trees and differences are not kept: they are computed from the elements whenever somebody looks, so that they are right
for the frames that are left.
"""

from __future__ import annotations

from shared.evidence.elements import Element
from shared.evidence.pages import PageSnapshot
from shared.recordings.recording import StoredObject
from shared.structs import Struct


class SeenFrame(Struct, frozen=True, kw_only=True):
    """One settled state of the screen."""

    id: str
    timestamp_ms: int  #: presentation time
    url: str
    thumbnail: bytes  #: PNG, at most 640 pixels wide
    pictures: tuple[StoredObject, ...] = ()  #: PNG, as large as the video; and the thumbnail as a file
    elements: tuple[Element, ...] = ()
    error: str | None = None  #: why its elements could not be read


class SessionEvidence(Struct, frozen=True, kw_only=True):
    """Frames in the order of time, and the pages that were opened."""

    frames: tuple[SeenFrame, ...] = ()
    pages: tuple[PageSnapshot, ...] = ()
