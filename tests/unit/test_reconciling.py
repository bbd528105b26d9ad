"""Reconciling: every way in which the sides can disagree is named, what is safe is set right, and nothing else is."""

from __future__ import annotations

import tracemalloc
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from shared.cli.reconcile import AGREES, DISAGREES, PACE, report, wait_for_turn
from shared.ports.meetings import ProviderState
from shared.recordings.files import StoredFile
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run
from shared.request_budget import Budget
from shared.rooms.deleting import bury
from shared.rooms.domain import DeletedBy, MediaFacts, ProviderLink, ProviderThing, Tenant, file_key
from shared.rooms.reconciling.disagreements import PAGE, SETTLED_AFTER, Sides
from shared.rooms.reconciling.finding import find_disagreements
from shared.structs import replace
from tests.unit.examples import BERT
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, room, room_recording
from tests.unit.upkeep_world import A_DAY, CONTENT, UpkeepWorld, id_of

OTHER = b"something else"
A_WEEK = timedelta(days=7)
PROVIDER_ID = "11111111-0000-4000-8000-000000000001"
ME = id_of(1)
MY_FILE = file_key(ME)


@pytest.fixture
def world() -> UpkeepWorld:
    return UpkeepWorld()


def sides(world: UpkeepWorld) -> Sides:
    return Sides(
        rooms=world.rooms,
        hot=world.hot,
        cold=world.cold,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


@pytest.fixture
def reconcile(world: UpkeepWorld, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Reconciles, and returns the exit status and the lines."""

    def run(*, fix: bool = False) -> tuple[int, list[str]]:
        status = report(sides(world), fix=fix)
        return status, capsys.readouterr().out.splitlines()

    return run


Reconcile = Callable[..., tuple[int, list[str]]]


def test_where_everything_agrees_nothing_is_named(world: UpkeepWorld, reconcile: Reconcile) -> None:
    world.add_ready(number=1)
    world.add_archived(number=2)
    world.add(State.FAILED, number=3)
    world.add(State.PROCESSING, number=4)
    world.add(State.CAPTURING, number=5)
    world.clock.advance(2 * A_DAY)

    assert reconcile() == (AGREES, ["All sides agree."])


def lost_hot_file(world: UpkeepWorld) -> None:
    world.add_ready()
    world.hot.delete(MY_FILE)


def another_hot_file(world: UpkeepWorld) -> None:
    world.add_ready()
    world.store(world.hot, content=OTHER)


def ready_without_a_file(world: UpkeepWorld) -> None:
    world.add(State.READY)


def lost_copy(world: UpkeepWorld) -> None:
    world.add_archived()
    world.cold.delete(MY_FILE)


def lost_copy_of_a_file_that_is_still_hot(world: UpkeepWorld) -> None:
    lost_copy(world)
    world.store(world.hot)


def another_copy(world: UpkeepWorld) -> None:
    world.add_archived()
    world.store(world.cold, content=OTHER)


def another_file_left_in_the_hot_store(world: UpkeepWorld) -> None:
    world.add_archived()
    world.store(world.hot, content=OTHER)


def file_of_a_failed_recording(world: UpkeepWorld) -> None:
    world.add(State.FAILED)
    world.store(world.hot)


def copy_of_what_was_never_ready(world: UpkeepWorld) -> None:
    world.add(State.PROCESSING)
    world.store(world.cold)


def never_imported(world: UpkeepWorld) -> None:
    world.add(State.PROCESSING, age=A_WEEK)


def size_that_is_not_the_files(world: UpkeepWorld) -> None:
    world.change(world.add_ready(), size_bytes=len(CONTENT) + 1)


def duration_that_is_not_the_files(world: UpkeepWorld) -> None:
    world.change(world.add_ready(), duration_seconds=60.0, facts=MediaFacts(duration_seconds=63.0))


def nameless_file(world: UpkeepWorld) -> None:
    world.add_ready()
    world.hot.put(f"rooms/{ME}/notes.txt", b"?", part_bytes=8)


@pytest.mark.parametrize(
    ("disagree", "problem"),
    [
        (lost_hot_file, f"{ME}: it is ready, and the hot store does not have its file"),
        (another_hot_file, f"{ME}: it is ready, and the hot store has another file under its key"),
        (ready_without_a_file, f"{ME}: it is ready, and names no file"),
        (lost_copy, f"{ME}: it is archived, and the cold store does not have its copy"),
        (
            lost_copy_of_a_file_that_is_still_hot,
            f"{ME}: it is archived, and the cold store does not have its copy, and the hot store still has a file",
        ),
        (another_copy, f"{ME}: it is archived, and the cold store has another file under its key"),
        (another_file_left_in_the_hot_store, f"{ME}: it is archived, and the hot store has another file under its key"),
        (file_of_a_failed_recording, f"{ME}: it has failed, and the hot store has a file of it"),
        (copy_of_what_was_never_ready, f"{ME}: it is processing, and the cold store has a file of it"),
        (never_imported, f"{ME}: it was never imported, and the provider's copy is gone"),
        (size_that_is_not_the_files, f"{ME}: it says that it has 18 bytes, and its file has 17"),
        (duration_that_is_not_the_files, f"{ME}: it says that it lasts 60 s, and its file lasts 63 s"),
        (nameless_file, f"hot:rooms/{ME}/notes.txt: nothing has that name"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_what_could_lose_something_is_named_and_left_to_a_person(
    disagree: Callable[[UpkeepWorld], None], problem: str, world: UpkeepWorld, reconcile: Reconcile
) -> None:
    disagree(world)
    world.clock.advance(timedelta(minutes=1))
    before = snapshot(world)

    looked = reconcile()
    fixed = reconcile(fix=True)

    expected = [f"{problem}; this needs a person", "Disagreements: 1 for a person."]
    assert looked == fixed == (DISAGREES, expected)
    assert snapshot(world) == before


def snapshot(world: UpkeepWorld) -> object:
    return dict(world.rooms.documents), dict(world.hot.contents), dict(world.cold.contents), dict(world.hot.uploads)


def stray_hot_file(world: UpkeepWorld) -> None:
    world.store(world.hot)


def stray_copy(world: UpkeepWorld) -> None:
    world.store(world.cold)


def file_of_a_recording_whose_files_were_removed(world: UpkeepWorld) -> None:
    bury_it(world, world.add_ready())
    world.rooms.put(replace(world.deleted(), has_files=False))


def hot_leftover(world: UpkeepWorld) -> None:
    world.add_archived()
    world.store(world.hot)


def stale_upload(world: UpkeepWorld) -> None:
    world.hot.begin(MY_FILE, content_type="video/mp4")


def stale_cold_upload(world: UpkeepWorld) -> None:
    world.add_ready()
    world.cold.begin(MY_FILE, content_type="video/mp4")


@pytest.mark.parametrize(
    ("disagree", "subject", "remedy"),
    [
        (stray_hot_file, f"hot:{MY_FILE}: it belongs to no recording", "remove it"),
        (stray_copy, f"cold:{MY_FILE}: it belongs to no recording", "remove it"),
        (
            file_of_a_recording_whose_files_were_removed,
            f"hot:{MY_FILE}: it belongs to no recording",
            "remove it",
        ),
        (hot_leftover, f"{ME}: it is archived, and its file is still in the hot store", "remove the hot file"),
        (stale_upload, f"hot:{MY_FILE}: an upload that began at 2026-05-04 10:00 has not ended", "abort it"),
        (stale_cold_upload, f"cold:{MY_FILE}: an upload that began at 2026-05-04 10:00 has not ended", "abort it"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_what_nobody_needs_is_named_and_with_fix_removed(
    disagree: Callable[[UpkeepWorld], None], subject: str, remedy: str, world: UpkeepWorld, reconcile: Reconcile
) -> None:
    disagree(world)
    world.clock.advance(SETTLED_AFTER)
    before = snapshot(world)

    looked = reconcile()
    untouched = snapshot(world) == before
    fixed = reconcile(fix=True)
    again = reconcile()

    assert looked == (DISAGREES, [f"{subject}; --fix would {remedy}", "Disagreements: 1 fixable."])
    assert untouched
    assert fixed == (AGREES, [f"{subject}; done: {remedy}", "Disagreements: 1 fixed."])
    assert again == (AGREES, ["All sides agree."])


@pytest.mark.parametrize("begin", [stray_hot_file, stray_copy, stale_upload], ids=lambda one: one.__name__)
def test_what_is_young_may_belong_to_something_that_is_under_way(
    begin: Callable[[UpkeepWorld], None], world: UpkeepWorld, reconcile: Reconcile
) -> None:
    begin(world)
    world.clock.advance(SETTLED_AFTER - timedelta(seconds=1))

    assert reconcile(fix=True) == (AGREES, ["All sides agree."])


def test_the_files_of_a_deleted_recording_are_kept_until_its_retention_is_over(
    world: UpkeepWorld, reconcile: Reconcile
) -> None:
    bury_it(world, world.add_ready())
    world.clock.advance(2 * A_DAY)

    assert reconcile(fix=True) == (AGREES, ["All sides agree."])
    assert MY_FILE in world.hot.contents


def bury_it(world: UpkeepWorld, recording: Recording) -> None:
    now = world.clock.now()
    world.rooms.transact(lambda transaction: bury(transaction, recording, deleted_by=DeletedBy.OWNER, now=now))


def test_a_hot_leftover_stays_when_the_cold_copy_turns_out_to_be_another_meanwhile(
    world: UpkeepWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    hot_leftover(world)
    (finding,) = find_disagreements(sides(world))
    world.store(world.cold, content=OTHER)

    assert finding.remedy is not None
    assert not finding.remedy.apply()
    assert MY_FILE in world.hot.contents


def test_a_file_that_gets_its_recording_meanwhile_stays(world: UpkeepWorld) -> None:
    stray_hot_file(world)
    world.clock.advance(SETTLED_AFTER)
    (finding,) = find_disagreements(sides(world))
    world.add_ready()

    assert finding.remedy is not None
    assert finding.remedy.apply()
    assert MY_FILE in world.hot.contents


@pytest.mark.parametrize("hot_is_gone", [False, True], ids=["before the hot file went", "after"])
def test_an_archive_that_did_not_end_is_begun_again(
    hot_is_gone: bool, world: UpkeepWorld, reconcile: Reconcile
) -> None:
    world.add_ready()
    world.store(world.cold)
    if hot_is_gone:
        world.hot.delete(MY_FILE)

    status, (line, _) = reconcile(fix=True)

    assert status == AGREES
    assert line == f"{ME}: it is ready, and its archiving has not ended; done: archive it"
    assert [run.pipeline for run in world.rooms.all_of(Run)] == ["room_archive"]
    assert reconcile() == (AGREES, ["All sides agree."])  # it is under way


@pytest.mark.parametrize("pipeline", ["room_import", "room_archive"])
def test_uploads_of_a_run_that_is_alive_are_never_stale(
    pipeline: str, world: UpkeepWorld, reconcile: Reconcile
) -> None:
    world.begin_run(world.add_ready(), pipeline)
    stale_upload(world)
    world.clock.advance(2 * SETTLED_AFTER)

    assert reconcile(fix=True) == (AGREES, ["All sides agree."])
    assert world.hot.uploads


def test_a_row_that_moves_on_while_it_is_compared_is_no_disagreement(world: UpkeepWorld, reconcile: Reconcile) -> None:
    world.add_ready()
    world.hot.delete(MY_FILE)
    listing = world.cold.files

    def archived_meanwhile(prefix: str) -> Iterator[StoredFile]:
        world.add_archived()
        yield from listing(prefix)

    world.cold.files = archived_meanwhile  # type: ignore[method-assign]

    assert reconcile() == (AGREES, ["All sides agree."])


def test_a_recording_that_only_the_provider_knows_is_taken_in_and_imported(
    world: UpkeepWorld, reconcile: Reconcile
) -> None:
    theirs = world.meetings.begin(MEETING_ID)
    world.meetings.advance(theirs.id, ProviderState.UPLOADED)

    looked = reconcile()
    before = world.rooms.all_of(Recording)
    fixed = reconcile(fix=True)

    problem = f"{ROOM_ID}:{theirs.id}: the provider has a recording that is not known here"
    assert looked == (DISAGREES, [f"{problem}; --fix would take it in", "Disagreements: 1 fixable."])
    assert before == []
    assert fixed == (AGREES, [f"{problem}; done: take it in", "Disagreements: 1 fixed."])
    (recording,) = world.rooms.all_of(Recording)
    assert recording.state is State.PROCESSING
    assert [run.pipeline for run in world.rooms.all_of(Run)] == ["room_import"]
    assert reconcile() == (AGREES, ["All sides agree."])


def linked(world: UpkeepWorld, state: ProviderState, **facts: object) -> None:
    """Let the first recording be the provider's, which stands there."""
    theirs = world.meetings.begin(MEETING_ID)
    world.meetings.advance(theirs.id, state, **facts)
    world.rooms.put(
        ProviderLink(
            thing=ProviderThing.RECORDING,
            provider_id=theirs.id,
            room_id=ROOM_ID,
            created_at=world.clock.now(),
            recording_id=ME,
        )
    )


def test_a_finished_recording_that_nobody_imports_is_imported(world: UpkeepWorld, reconcile: Reconcile) -> None:
    linked(world, ProviderState.UPLOADED)
    world.add(State.PROCESSING, provider_id=PROVIDER_ID)

    status, (line, _) = reconcile(fix=True)

    assert (status, line) == (AGREES, f"{ME}: the provider has its file, and nobody imports it; done: import it")
    assert [run.recording_id for run in world.rooms.all_of(Run)] == [ME]
    assert reconcile() == (AGREES, ["All sides agree."])


@pytest.mark.parametrize(
    ("theirs", "ours", "becomes"),
    [
        (ProviderState.UPLOADING, State.CAPTURING, State.PROCESSING),
        (ProviderState.UPLOADED, State.CAPTURING, State.PROCESSING),
        (ProviderState.ERRORED, State.PROCESSING, State.FAILED),
    ],
)
def test_where_ours_lags_behind_it_follows_the_provider(
    theirs: ProviderState, ours: State, becomes: State, world: UpkeepWorld, reconcile: Reconcile
) -> None:
    linked(world, theirs)
    world.add(ours, provider_id=PROVIDER_ID)

    status, (line, _) = reconcile(fix=True)

    problem = f"{ME}: it is {ours}, and the provider says {theirs}"
    assert (status, line) == (AGREES, f"{problem}; done: follow the provider")
    assert world.recording(ME).state is becomes


@pytest.mark.parametrize(
    ("theirs", "facts", "problem"),
    [
        (ProviderState.RECORDING, {}, "it is ready, and the provider says RECORDING"),
        (ProviderState.UPLOADED, {"size_bytes": 99}, "its file has 17 bytes, and the provider's 99"),
        (ProviderState.UPLOADED, {"size_bytes": 17, "duration_seconds": 9}, "it lasts 60 s, and the provider's 9 s"),
    ],
    ids=["state", "size", "duration"],
)
def test_what_the_provider_says_otherwise_of_a_file_that_we_have_needs_a_person(
    theirs: ProviderState, facts: dict[str, object], problem: str, world: UpkeepWorld, reconcile: Reconcile
) -> None:
    linked(world, theirs, **facts)
    world.add_ready(provider_id=PROVIDER_ID, duration_seconds=60.0)

    assert reconcile(fix=True)[1][0] == f"{ME}: {problem}; this needs a person"


def test_what_was_deleted_here_is_not_taken_in_again(world: UpkeepWorld, reconcile: Reconcile) -> None:
    linked(world, ProviderState.UPLOADED)
    bury_it(world, world.add_ready(provider_id=PROVIDER_ID))

    assert reconcile(fix=True) == (AGREES, ["All sides agree."])


def test_a_room_that_the_provider_does_not_answer_for_is_named_and_the_others_are_compared(
    world: UpkeepWorld, reconcile: Reconcile
) -> None:
    other = "00000000-0000-4000-8000-00000000000b"
    world.rooms.put(room(id="room_bbbbbbbbbbbb0001", tenant_id=BERT.tenant_id, meeting_id=other))
    world.rooms.put(Tenant(id=BERT.tenant_id))
    world.meetings.begin(other)
    world.meetings.refuse()

    status, lines = reconcile()

    assert status == DISAGREES
    assert lines[0].startswith(f"{ROOM_ID}: its recordings could not be compared with the provider's: ")
    assert lines[1].startswith("room_bbbbbbbbbbbb0001:")


def test_a_remedy_that_fails_is_said_and_the_others_go_on(world: UpkeepWorld, reconcile: Reconcile) -> None:
    for number in (1, 2):
        world.add_ready(number=number)
        world.store(world.cold, number)
    world.tasks.is_down = True

    status, lines = reconcile(fix=True)

    assert status == DISAGREES
    assert lines[0].startswith(f"{id_of(1)}: it is ready, and its archiving has not ended; tried to archive it: ")
    assert lines[2] == "Disagreements: 2 not fixed."


def test_stores_are_compared_side_by_side_whatever_lies_between(world: UpkeepWorld, reconcile: Reconcile) -> None:
    for number in range(PAGE + 2):
        world.add_ready(number=2 * number)
    for stray in (f"rooms/{id_of(4)}-x/recording.mp4", f"rooms/{id_of(7)}/recording.mp4", "rooms/x", "rooms/~/y"):
        world.hot.put(stray, b"?", part_bytes=8)
    world.clock.advance(SETTLED_AFTER)

    _, lines = reconcile(fix=True)

    removed = [line.partition(":")[2].partition(":")[0] for line in lines[:-1]]
    assert removed == sorted(removed)
    assert len(removed) == 4
    assert len(world.hot.contents) == PAGE + 2
    assert reconcile() == (AGREES, ["All sides agree."])


class Endless(UpkeepWorld):
    """As many recordings as a test wants, made as they are asked for; of every second one the file is lost."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.count = 0
        self.file = self.store(self.hot)
        self.rooms.recordings_in_order = self.page  # type: ignore[method-assign]
        self.hot.files = self.listing  # type: ignore[method-assign]

    def page(self, *, after: str, limit: int) -> list[Recording]:
        first = int(after[-8:]) + 1 if after else 0
        return [self.recording(f"rec_{number:020}") for number in range(first, min(first + limit, self.count))]

    def recording(self, id: str) -> Recording:
        return room_recording(State.READY, id=id, file=replace(self.file, key=file_key(id)))

    def listing(self, prefix: str) -> Iterator[StoredFile]:
        return (replace(self.file, key=file_key(f"rec_{number:020}")) for number in range(0, self.count, 2))


def test_memory_does_not_grow_with_what_is_compared() -> None:
    world = Endless()
    world.rooms.find = world.recording  # type: ignore[method-assign]
    peaks_bytes, found = [], []
    for world.count in (300, 3_000):
        tracemalloc.start()
        found.append(sum(1 for _ in find_disagreements(sides(world))))
        peaks_bytes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert found == [150, 1_500]
    assert peaks_bytes[1] < 3 * peaks_bytes[0]  # of ten times as many; garbage is not collected at once


def test_the_provider_is_asked_at_a_pace_that_leaves_room_for_others() -> None:
    elapsed_s = 0.0
    asked_at_s: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal elapsed_s
        elapsed_s += seconds

    pace = Budget(PACE, clock=lambda: elapsed_s)
    for _ in range(3 * PACE.requests):
        wait_for_turn(pace, sleep)
        asked_at_s.append(elapsed_s)

    assert asked_at_s[PACE.requests // 3] == 0, "a small deployment waits for nothing"
    for number, begin_s in enumerate(asked_at_s):
        assert bisect_left(asked_at_s, begin_s + PACE.window_s) - number <= PACE.requests
    assert 5 * PACE.window_s <= elapsed_s <= 6 * PACE.window_s


def test_every_room_waits_for_its_turn(world: UpkeepWorld) -> None:
    world.rooms.put(room(id="another", meeting_id="another"))

    list(find_disagreements(replace(sides(world), await_turn=lambda: world.meetings.asked.append("its turn"))))

    assert world.meetings.asked == ["its turn", "recordings_of"] * 2
