"""Reading the frames of a session, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from shared.evidence.elements import Element
from shared.ports import Media
from shared.ports.frames import FrameReader, FrameReadError
from shared.recordings.handover import KeptFrame
from shared.recordings.outcomes import Permanent, Transient
from shared.sessions.steps import Reading, Readings

log = logging.getLogger("playhead.steps")


def read_frames(
    frames: Sequence[KeptFrame], *, media: Media, reader: FrameReader, report: Callable[[str], None]
) -> Readings:
    """What is on each frame; one that cannot be read says why, and the others count.

    Raises:
        Transient: none could be read, but the same frames may be later.
        Permanent: none could be read, now or later.
    """
    readings: list[Reading] = []
    previous: tuple[Element, ...] | None = None
    for frame in frames:
        report(f"{len(readings)}/{len(frames)} frames")
        reading = _read(frame, previous, media, reader)
        previous = previous if reading.error else reading.elements
        readings.append(reading)
    if all(reading.error for reading in readings):
        failure = f"None of the frames could be read: {readings[0].error}"
        may_be_tried_again = any(reading.may_be_tried_again for reading in readings)
        raise Transient(failure) if may_be_tried_again else Permanent("no_frame_read", failure)
    return Readings(readings=tuple(readings))


def _read(frame: KeptFrame, previous: tuple[Element, ...] | None, media: Media, reader: FrameReader) -> Reading:
    try:
        elements = reader.read(b"".join(media.stream(frame.picture)), previous=previous)
    except FrameReadError as error:
        log.warning("frame %s could not be read: %s", frame.id, error.code)
        return Reading(frame_id=frame.id, error=error.message, may_be_tried_again=error.retryable)
    return Reading(frame_id=frame.id, elements=tuple(elements))
