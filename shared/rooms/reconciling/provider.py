"""Reconciling rows with what the provider has recorded in the last days, room by room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial

from shared.errors import Upstream
from shared.ports.meetings import ProviderRecording, ProviderState
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Recording, State
from shared.rooms.domain import PROVIDER_KEEPS_FOR, ProviderThing, Room
from shared.rooms.following import follow_provider, start_import
from shared.rooms.news import OPEN
from shared.rooms.reading import details_of
from shared.rooms.reconciling.disagreements import ACTOR, PAGE, Finding, Remedy, Sides
from shared.rooms.reconciling.files import durations_differ
from shared.rooms.upkeep import every_tenant

_ORIGIN = Origin(actor=ACTOR)
_IMPORTED = frozenset({State.READY, State.ARCHIVED})
#: Where ours may stand when the provider's stands there.
_AGREES: Mapping[ProviderState, Set[State]] = {
    ProviderState.INVOKED: {State.CAPTURING},
    ProviderState.RECORDING: {State.CAPTURING},
    ProviderState.PAUSED: {State.CAPTURING},
    ProviderState.UPLOADING: {State.PROCESSING},
    ProviderState.UPLOADED: {State.PROCESSING, *_IMPORTED},
    ProviderState.ERRORED: {State.FAILED},
}


def compare_provider(sides: Sides) -> Iterator[Finding]:
    """What rows and the provider do not agree on, of everything that the provider still has; asks it once per room."""
    for room in _rooms(sides):
        sides.await_turn()
        try:
            found = sides.meetings.recordings_of(room.meeting_id, since=sides.now - PROVIDER_KEEPS_FOR)
        except Upstream as error:
            yield Finding(room.id, f"its recordings could not be compared with the provider's: {error}")
            continue
        for theirs in found:
            yield from _compare(theirs, room, sides)


def _rooms(sides: Sides) -> Iterator[Room]:
    for tenant in every_tenant(sides.rooms):
        last = ""
        while page := sides.rooms.rooms_of(tenant.id, after=last, limit=PAGE):
            yield from page
            last = page[-1].id


def _compare(theirs: ProviderRecording, room: Room, sides: Sides) -> Iterator[Finding]:
    link = sides.rooms.find_link(ProviderThing.RECORDING, theirs.id)
    if link is None:
        remedy = Remedy("take it in", partial(_follow, theirs, room, sides))
        yield Finding(f"{room.id}:{theirs.id}", "the provider has a recording that is not known here", remedy)
        return
    ours = sides.rooms.find(link.recording_id) if link.recording_id else None
    if ours is not None:
        yield from _compare_with(ours, theirs, room, sides)


def _compare_with(ours: Recording, theirs: ProviderRecording, room: Room, sides: Sides) -> Iterator[Finding]:
    if ours.state not in _AGREES[theirs.state]:
        remedy = Remedy("follow the provider", partial(_follow, theirs, room, sides)) if ours.state in OPEN else None
        yield Finding(ours.id, f"it is {ours.state}, and the provider says {theirs.state}", remedy)
    elif ours.state is State.PROCESSING and theirs.state is ProviderState.UPLOADED:
        if not sides.has_live_run(ours):
            remedy = Remedy("import it", partial(_import, ours, theirs, room, sides))
            yield Finding(ours.id, "the provider has its file, and nobody imports it", remedy)
    elif ours.state in _IMPORTED:
        yield from _compare_facts(ours, theirs)


def _compare_facts(ours: Recording, theirs: ProviderRecording) -> Iterator[Finding]:
    details = details_of(ours)
    if details.file is not None and theirs.size_bytes not in (None, details.file.size_bytes):
        problem = f"its file has {details.file.size_bytes:,} bytes, and the provider's {theirs.size_bytes:,}"
        yield Finding(ours.id, problem)
    if durations_differ(details.duration_seconds, theirs.duration_seconds):
        problem = f"it lasts {details.duration_seconds:g} s, and the provider's {theirs.duration_seconds:g} s"
        yield Finding(ours.id, problem)


def _follow(theirs: ProviderRecording, room: Room, sides: Sides) -> bool:
    followed = follow_provider(
        theirs,
        room_id=room.id,
        origin=_ORIGIN,
        rooms=sides.rooms,
        tasks=sides.tasks,
        ids=sides.ids,
        now=sides.now,
    )
    return followed.recording is not None and followed.recording.state in _AGREES[theirs.state]


def _import(ours: Recording, theirs: ProviderRecording, room: Room, sides: Sides) -> bool:
    _follow(theirs, room, sides)
    run = start_import(ours, origin=_ORIGIN, rooms=sides.rooms, tasks=sides.tasks, ids=sides.ids, now=sides.now)
    return run is not None
