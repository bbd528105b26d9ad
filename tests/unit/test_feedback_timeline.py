"""The timeline: everything that a recording shows, in one order, with ids that stay, and bounded."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from typing import Any

import pytest

from functions.steps.build_timeline import steps_build_timeline
from shared.edge.declarations import declaration_of
from shared.edge.lease import Attempt
from shared.evidence.screens import Screen, Screens
from shared.evidence.timeline import Evidence, Kind, Lane, Timeline
from shared.evidence.transcript import Transcript
from shared.feedback.caps import MOST_OF_A_LANE, keep_most_telling
from shared.feedback.domain import ANALYSIS, FeedbackDetails
from shared.feedback.writing import MAX_TEXT_CHARS
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, pack, unpack
from shared.recordings.outcomes import Done
from shared.recordings.recording import Failure, Family, StoredObject
from shared.recordings.runs import Shard, StepRecord, StepState, StepTask, start_run
from shared.recordings.work import Work
from shared.structs import replace
from tests.unit import examples
from tests.unit.client_logs import context_of, lane_of, line, screens_of, spoken, timeline_of
from tests.unit.examples import World
from tests.unit.fakes import START

RUN_ID = "run1"


def only(timeline: Timeline, lane: Lane) -> Evidence:
    (item,) = lane_of(timeline, lane)
    return item


def texts_of(timeline: Timeline, lane: Lane) -> list[str]:
    return [item.text for item in lane_of(timeline, lane)]


def test_all_lanes_are_told_in_the_order_of_time_with_ids_of_their_own() -> None:
    context = context_of(
        metadata={"url": "https://shop.test/"},
        actions=[{"type": "click", "text": "Buy", "timestamp": 2.5, "selector": "#buy"}],
        console_logs=[{"level": "error", "text": "Broken", "timestamp": 4}, {"text": "hello", "timestamp": 1}],
        network_requests=[{"method": "POST", "url": "/orders", "status": 500, "duration": 234, "timestamp": 3}],
    )

    timeline = timeline_of(context, screens=screens_of((0.5, ["Office products"])), transcript=spoken("I buy"))

    assert [(item.id, item.kind, item.at_s) for item in timeline.items] == [
        ("nav-1", Kind.NAVIGATION, 0.0),
        ("wrd-1", Kind.TRANSCRIPT, 0.0),
        ("frm-1", Kind.FRAME, 0.5),
        ("ocr-1-1", Kind.OCR, 0.5),
        ("wrd-2", Kind.TRANSCRIPT, 0.5),
        ("con-1", Kind.CONSOLE, 1.0),
        ("act-1", Kind.ACTION, 2.5),
        ("net-1", Kind.NETWORK_ERROR, 3.0),
        ("con-2", Kind.CONSOLE_ERROR, 4.0),
    ]
    assert (timeline.left_out, timeline.notes) == ({}, ())


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"type": "click", "text": "Send  request"}, "click on Send request"),
        ({"type": "input", "label": "Full name", "value": "Maria"}, "input on Full name: Maria"),
        ({"type": "keydown", "key": "Enter"}, "keydown Enter"),
        ({"type": "click", "selector": "#a > b"}, "click on #a > b"),
        ({"selector": "#a"}, "action on #a"),
    ],
    ids=["a click", "typing", "a key", "a selector", "no type"],
)
def test_an_action_is_told_in_the_clients_own_words(members: dict[str, Any], text: str) -> None:
    assert texts_of(timeline_of(context_of(actions=[{"timestamp": 1, **members}])), Lane.ACTION) == [text]


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"level": "error"}, Kind.CONSOLE_ERROR),
        ({"type": "assert"}, Kind.CONSOLE_ERROR),
        ({"level": "log", "text": "Uncaught (in promise) TypeError"}, Kind.CONSOLE_ERROR),
        ({"type": "unhandledrejection"}, Kind.CONSOLE_ERROR),
        ({"level": "WARN"}, Kind.CONSOLE_WARNING),
        ({"severity": "warning"}, Kind.CONSOLE_WARNING),
        ({"level": "info"}, Kind.CONSOLE),
        ({}, Kind.CONSOLE),
    ],
    ids=["error", "assert", "uncaught", "rejection", "warn", "warning", "info", "no level"],
)
def test_a_console_call_is_an_error_a_warning_or_neither(members: dict[str, Any], kind: Kind) -> None:
    timeline = timeline_of(context_of(console_logs=[{"timestamp": 1, "text": "hello", **members}]))

    assert only(timeline, Lane.CONSOLE).kind is kind


@pytest.mark.parametrize(
    ("members", "kind", "text"),
    [
        ({"status": 200, "duration": 12.4}, Kind.NETWORK, "GET /a → 200 (12 ms)"),
        ({"status": 404}, Kind.NETWORK_ERROR, "GET /a → 404"),
        ({"status": 500, "responseBody": {"error": "no"}}, Kind.NETWORK_ERROR, 'GET /a → 500: {"error": "no"}'),
        ({"status": 200, "responseBody": {"fine": "yes"}}, Kind.NETWORK, "GET /a → 200"),
        ({"error": "net::ERR_FAILED"}, Kind.NETWORK_ERROR, "GET /a → failed: net::ERR_FAILED"),
        ({"status": 0, "failed": True}, Kind.NETWORK_ERROR, "GET /a → failed: failed"),
        ({}, Kind.NETWORK, "GET /a → no answer"),
    ],
    ids=["fine", "not found", "says why", "says much", "no connection", "aborted", "unknown"],
)
def test_a_request_is_told_with_what_came_of_it(members: dict[str, Any], kind: Kind, text: str) -> None:
    timeline = timeline_of(context_of(network_requests=[{"url": "/a", "timestamp": 1, **members}]))

    request = only(timeline, Lane.NETWORK)
    assert (request.kind, request.text) == (kind, text)


def test_a_request_lasts_until_its_answer_but_not_beyond_the_video() -> None:
    requests = [
        {"url": "/a", "timestamp": 1, "duration": 500},
        {"url": "/b", "timestamp": 2, "endTime": 3.25},
        {"url": "/c", "timestamp": 29, "duration": 60_000},
    ]

    timeline = timeline_of(context_of(network_requests=requests))

    assert [item.until_s for item in lane_of(timeline, Lane.NETWORK)] == [1.5, 3.25, 30.0]


def test_pages_are_told_by_the_metadata_by_navigations_and_where_actions_are_on_another_page() -> None:
    context = context_of(
        metadata={"url": "/", "visitedUrls": ["/", {"url": "/late", "timestamp": 9}]},
        actions=[
            {"type": "navigation", "url": "/", "timestamp": 0.3},
            {"type": "click", "url": "/", "text": "Cart", "timestamp": 2},
            {"type": "pageLoad", "url": "/cart", "timestamp": 3},
            {"type": "click", "url": "/cart", "text": "Pay", "timestamp": 4},
            {"type": "click", "url": "/pay", "text": "Card", "timestamp": 6},
        ],
    )

    timeline = timeline_of(context)

    told = [(item.id, item.at_s, item.text) for item in lane_of(timeline, Lane.NAVIGATION)]
    assert told == [("nav-1", 0.0, "/"), ("nav-2", 3.0, "/cart"), ("nav-3", 6.0, "/pay"), ("nav-4", 9.0, "/late")]
    assert texts_of(timeline, Lane.ACTION) == ["click on Cart", "click on Pay", "click on Card"]


def test_frames_tell_what_changed_and_last_until_the_next() -> None:
    screens = screens_of(
        (1, [line("Office products", 60, height=34), line("Products", 0), line("Cart 1", 0, x=500)]),
        (
            4,
            [line("Office products", 60, height=34), line("Products", 0), line("Cart 2", 0, x=500), line("Added", 200)],
        ),
        (6, [line("Office products", 60, height=34), line("Products", 0), line("Cart 2", 0, x=500)]),
        (8, [line("Office products", 60, height=34), line("Products", 0), line("Cart 2", 0, x=500)]),
        (9, [line("Plans and pricing", 60, height=34), line("Starter", 300), line("Professional", 400)]),
    )

    frames = lane_of(timeline_of(screens=screens, duration_s=12), Lane.FRAME)

    assert [frame.text for frame in frames] == [
        "Shows: “Office products”, “Products”, “Cart 1”",
        "Appeared: “Added”; Changed: “Cart 1” to “Cart 2”",
        "Gone: “Added”",
        "No text changed",
        "A new screen shows: “Plans and pricing”, “Starter”, “Professional”",
    ]
    assert [(frame.at_s, frame.until_s) for frame in frames] == [(1, 4), (4, 6), (6, 8), (8, 9), (9, 12)]


def test_a_line_that_stays_is_evidence_once_for_as_long_as_it_stands() -> None:
    screens = screens_of(
        (1, ["Request a quote", "Send"]),
        (3, ["Request a quote", "Send", "Please enter a valid email address"]),
        (5, ["Request a quote", "Sending", "Please enter a valid email address"]),
        (7, ["Request a quote", "Send"]),
    )

    lines = lane_of(timeline_of(screens=screens, duration_s=9), Lane.OCR)

    assert [(item.id, item.text, item.at_s, item.until_s, item.facts) for item in lines] == [
        ("ocr-1-1", "Request a quote", 1, 9, {"frame": "frm-1"}),
        ("ocr-1-2", "Send", 1, 5, {"frame": "frm-1"}),
        ("ocr-2-3", "Please enter a valid email address", 3, 7, {"frame": "frm-2"}),
        ("ocr-3-2", "Sending", 5, 7, {"frame": "frm-3"}),
        ("ocr-4-2", "Send", 7, 9, {"frame": "frm-4"}),
    ]


def test_a_frame_that_could_not_be_read_says_so_and_the_next_is_compared_with_the_last_one() -> None:
    first, last = screens_of((1, ["Save", "Cancel"]), (5, ["Save", "Cancel", "Saved"])).screens
    broken = Screen(frame_id="frm_b", timestamp_ms=3000, error="The picture is broken.")

    timeline = timeline_of(screens=Screens(screens=(first, broken, last)), duration_s=8)

    assert texts_of(timeline, Lane.FRAME) == [
        "Shows: “Save”, “Cancel”",
        "The screen could not be read: The picture is broken.",
        "Appeared: “Saved”",
    ]
    assert [(item.text, item.until_s) for item in lane_of(timeline, Lane.OCR)] == [
        ("Save", 8),
        ("Cancel", 8),
        ("Saved", 8),
    ]


def test_words_are_told_as_they_were_heard_and_none_after_the_end() -> None:
    timeline = timeline_of(transcript=spoken("Now I click", word_s=1.0), duration_s=2.5)

    words = lane_of(timeline, Lane.TRANSCRIPT)
    assert [(word.id, word.text, word.at_s, word.until_s) for word in words] == [
        ("wrd-1", "Now", 0.0, 1.0),
        ("wrd-2", "I", 1.0, 2.0),
        ("wrd-3", "click", 2.0, 2.5),
    ]


def test_errors_are_kept_before_warnings_and_these_before_the_rest_and_the_cut_is_told() -> None:
    most = MOST_OF_A_LANE[Lane.CONSOLE]
    logs = [{"level": "log", "text": f"log {n}", "timestamp": n / 100} for n in range(2500)]
    logs += [{"level": "warn", "text": f"warning {n}", "timestamp": 20 + n / 100} for n in range(most - 20)]
    logs += [{"level": "error", "text": f"error {n}", "timestamp": 25 + n / 10} for n in range(10)]

    timeline = timeline_of(context_of(console_logs=logs))

    kept = lane_of(timeline, Lane.CONSOLE)
    kinds = [item.kind for item in kept]
    assert (kinds.count(Kind.CONSOLE_ERROR), kinds.count(Kind.CONSOLE_WARNING), len(kept)) == (10, most - 20, most)
    assert timeline.left_out == {"console": 2490}
    assert f"Left out: 2,490 of lane console, of which a timeline takes {most}." in timeline.notes


def test_ids_count_what_is_cut_too() -> None:
    logs = [{"level": "log", "text": "log", "timestamp": n / 1000} for n in range(5000)]
    logs.append({"level": "error", "text": "Broken", "timestamp": 29})

    error = lane_of(timeline_of(context_of(console_logs=logs)), Lane.CONSOLE)[-1]

    assert (error.text, error.id) == ("Broken", "con-5001")


def test_a_storm_of_a_second_leaves_room_for_the_rest_of_the_recording() -> None:
    storm = [{"text": "storm", "timestamp": 10 + n / 20_000} for n in range(20_000)]
    quiet = [{"text": "quiet", "timestamp": float(n)} for n in range(30)]

    timeline = timeline_of(context_of(console_logs=[*storm, *quiet]))

    assert texts_of(timeline, Lane.CONSOLE).count("quiet") >= 28
    assert timeline.left_out["console"] == 20_030 - MOST_OF_A_LANE[Lane.CONSOLE]


def test_five_thousand_actions_are_bounded_and_clicks_are_kept_before_movements() -> None:
    moves = [{"type": "mousemove", "timestamp": n / 200, "selector": "#a"} for n in range(4500)]
    clicks = [{"type": "click", "timestamp": n / 20, "selector": "#b"} for n in range(500)]

    timeline = timeline_of(context_of(actions=[*moves, *clicks]))

    kept = texts_of(timeline, Lane.ACTION)
    assert (len(kept), kept.count("click on #b")) == (MOST_OF_A_LANE[Lane.ACTION], 500)


def test_what_is_kept_is_in_order_and_nothing_is_left_out_without_need() -> None:
    items = lane_of(timeline_of(transcript=spoken("word " * 50)), Lane.TRANSCRIPT)

    few = keep_most_telling(items, 10, 30)

    assert len(few) == 10
    assert all(number == int(item.id.removeprefix("wrd-")) for number, item in few)
    assert all(one[0] < other[0] for one, other in pairwise(few))
    assert len(keep_most_telling(items, 50, 30)) == 50
    assert len(keep_most_telling(items, 10, 0)) == 10


def test_long_texts_are_cut_after_their_secrets_were_taken_out() -> None:
    token = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    text = "x" * (MAX_TEXT_CHARS - 20) + f" {token} " + "y" * 100

    timeline = timeline_of(context_of(console_logs=[{"text": text, "timestamp": 1}]))

    told = texts_of(timeline, Lane.CONSOLE)[0]
    assert len(told) == MAX_TEXT_CHARS
    assert told.endswith("[redacted] yyyyyyy…")
    assert timeline.notes == (f"Cut: 1 texts, to at most {MAX_TEXT_CHARS} characters.",)


def test_ten_megabytes_of_console_are_read_and_bounded() -> None:
    logs = [
        {"level": "log", "args": ["state", {"id": n, "text": "word " * 200}], "timestamp": n} for n in range(10_000)
    ]
    context = context_of(console_logs=logs)

    timeline = timeline_of(context, duration_s=10_000)

    assert len(json.dumps(logs)) > 10_000_000
    assert len(lane_of(timeline, Lane.CONSOLE)) == MOST_OF_A_LANE[Lane.CONSOLE]


def test_nothing_at_all_is_an_empty_timeline() -> None:
    assert timeline_of(duration_s=0) == Timeline(duration_s=0)


class Analysing:
    """A feedback recording whose steps before the timeline have ended as a test says."""

    def __init__(self, world: World) -> None:
        self.world = world
        content = {"metadata": {"title": "Checkout", "duration": 8}, "actions": [{"type": "click", "timestamp": 2}]}
        stored = world.media.save("context", gzip.compress(json.dumps(content).encode()), content_type=GZIP)
        details = FeedbackDetails(
            duration_s=8, session_id=None, video_content_type="video/webm", context=stored, metadata=stored
        )
        self.recording = examples.recording(family=Family.FEEDBACK, current_run=RUN_ID, details=to_plain(details))
        self.run = start_run(RUN_ID, "r1", ANALYSIS, source=None, now=START)
        self.end("remux_video", result={"facts": {"duration_ms": 8000}})

    def store(self, name: str, value: object) -> dict[str, Any]:
        return to_plain(self.world.media.save(name, pack(value), content_type=GZIP))

    def end(self, step: str, state: StepState = StepState.DONE, **record: Any) -> None:
        ended = StepRecord(state=state, **record)
        self.run = replace(self.run, steps={**self.run.steps, step: ended})

    def read(self, *parts: Screens | None) -> None:
        """End the shards of `read_screens`; None is one that failed."""
        for number, part in enumerate(parts):
            result = {"screens": self.store(f"screens{number}", part)} if part else {}
            record = StepRecord(state=StepState.DONE if part else StepState.FAILED, result=result)
            shard = Shard(run_id=RUN_ID, step="read_screens", number=number, input={}, record=record)
            self.world.recordings.put(shard.with_record(record))
        self.end("read_screens", result={"shards": len(parts)})

    def build(self) -> tuple[Timeline, Transcript]:
        task = StepTask(run_id=RUN_ID, step="build_timeline", epoch=1)
        attempt = Attempt(Work(task, self.recording, self.run, fence=1, attempt=1), deadline_s=60)
        build = declaration_of(steps_build_timeline).handler
        done = build(work=attempt, recordings=self.world.recordings, media=self.world.media)
        assert isinstance(done, Done)
        assert done.details == {}
        return self._stored(done, "timeline", Timeline), self._stored(done, "transcript", Transcript)

    def _stored(self, done: Done, name: str, type_: Any) -> Any:
        return unpack(self.world.media.open(from_plain(done.result[name], StoredObject)).read(), type_)


@pytest.fixture
def analysing() -> Analysing:
    return Analysing(World())


def test_the_step_joins_what_the_steps_before_it_have_found(analysing: Analysing) -> None:
    analysing.read(screens_of((1, ["Save"])), screens_of((4, ["Save", "Saved"])))
    heard = spoken("my key is AKIA" + "IOSFODNN7EXAMPLE")
    analysing.end("transcribe_speech", result={"transcript": analysing.store("heard", heard)})

    timeline, transcript = analysing.build()

    assert [item.id for item in timeline.items if item.lane in (Lane.ACTION, Lane.FRAME)] == ["frm-1", "act-1", "frm-2"]
    assert (timeline.duration_s, timeline.notes) == (8.0, ())
    assert [word.text for word in transcript.words] == ["my", "key", "is", "[redacted]"]


def test_the_step_says_what_is_missing_and_why(analysing: Analysing) -> None:
    failure = Failure(code="no_frame_read", message="None of the frames could be read.")
    analysing.end("read_screens", StepState.FAILED, error=failure)
    analysing.end("transcribe_speech", StepState.SKIPPED, detail="The file has no sound.")

    timeline, transcript = analysing.build()

    assert timeline.notes == (
        "No text was read on the screen: None of the frames could be read.",
        "No speech was heard: The file has no sound.",
    )
    assert (transcript.words, transcript.note) == ((), "The file has no sound.")


def test_a_shard_that_failed_leaves_the_others(analysing: Analysing) -> None:
    analysing.read(None, screens_of((4, ["Saved"])))
    analysing.end("transcribe_speech", StepState.SKIPPED, detail="The file has no sound.")

    timeline, _ = analysing.build()

    assert texts_of(timeline, Lane.OCR) == ["Saved"]
    assert timeline.notes == ("No speech was heard: The file has no sound.",)
