"""What an analysis leaves behind: who may read it when, and what the wire shows of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from shared.edge.queries import parse_query
from shared.errors import InvalidRequest, NotFound, PlayheadError
from shared.evidence.timeline import Lane
from shared.evidence.transcript import Transcript
from shared.feedback.domain import FeedbackDetails
from shared.feedback.failures import AnalysisNotFound, AnalysisNotReady
from shared.feedback.output_views import analysis_out, summary_out, timeline_out, transcript_out
from shared.feedback.outputs import analysis_as_markdown, read_analysis, read_timeline, read_transcript
from shared.feedback.outputs_api import TimelineQuery
from shared.ports import Media
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.objects import EventsName, OutputName
from shared.recordings.recording import Failure, Family, Recording, State, StoredObject
from shared.structs import replace
from shared.wire import WireModel
from tests.unit.analysis_examples import ANALYSIS, TIMELINE, TRANSCRIPT
from tests.unit.examples import ANNA, World
from tests.unit.fakes import START

Reader = Callable[..., object]
NO_LANES = "lanes: must be of action, navigation, console, network, frame, ocr, transcript, with commas between them"
METADATA = {
    "version": "1",
    "duration": 12,
    "url": "https://shop.example/cart?token=tok_1234567890abcdef",
    "title": "Paying fails",
    "intent": "buy",
    "features": {},
    "visitedUrls": [],
}

every_reader = pytest.mark.parametrize("read", [read_analysis, read_timeline, read_transcript])


def stored(world: World, value: object, file: str) -> StoredObject:
    name = OutputName(Family.FEEDBACK, "f1", "j1", "analyze_evidence", 1, file)
    return world.media.save(name.render(), pack(value), content_type=GZIP)


def recording(world: World, *, state: State = State.READY, **changes: Any) -> Recording:
    """Anna's recording, whose analysis has ended well unless `changes` say otherwise."""
    raw = json.dumps(METADATA).encode()
    metadata = world.media.save(
        EventsName(Family.FEEDBACK, "f1", "metadata.json").render(), raw, content_type="application/json"
    )
    details = FeedbackDetails(
        duration_s=12,
        session_id=None,
        video_content_type="video/webm",
        context=metadata,
        metadata=metadata,
        job_id="j1",
        timeline=stored(world, TIMELINE, "timeline.json.gz"),
        transcript=stored(world, TRANSCRIPT, "transcript.json.gz"),
        analysis=stored(world, ANALYSIS, "analysis.json.gz"),
        shown_title="Paying fails",
        shown_url="https://shop.example/cart",
    )
    return Recording(
        id="f1",
        family=Family.FEEDBACK,
        tenant_id=ANNA.tenant_id,
        user_id=ANNA.user_id,
        state=state,
        created_at=START,
        updated_at=START,
        current_run="j1",
        failure=changes.pop("failure", None),
        details=to_plain(replace(details, **changes)),
    )


def without(world: World, **changes: Any) -> Recording:
    """The recording while no analysis has ended well."""
    return recording(world, **{"analysis": None, "timeline": None, "transcript": None, **changes})


def wire(model: WireModel) -> Any:
    return json.loads(model.model_dump_json(by_alias=True))


def listed(**query: str) -> Any:
    return wire(timeline_out(TIMELINE, parse_query(MultiDict(query), TimelineQuery)))


@pytest.fixture
def world() -> World:
    return World()


class TestReading:
    def test_what_was_kept_is_read(self, world: World) -> None:
        made = recording(world)

        assert read_analysis(made, media=world.media) == ANALYSIS
        assert read_timeline(made, media=world.media) == TIMELINE
        assert read_transcript(made, media=world.media) == TRANSCRIPT

    @every_reader
    @pytest.mark.parametrize("state", [State.PROCESSING, State.FAILED])
    def test_while_a_new_analysis_runs_and_when_it_fails_the_last_one_stays(
        self, world: World, read: Reader, state: State
    ) -> None:
        assert read(recording(world, state=state, job_id="j2"), media=world.media)

    @every_reader
    def test_what_nobody_asked_for_is_not_found(self, world: World, read: Reader) -> None:
        assert_refused(read, without(world, job_id=None), AnalysisNotFound, world.media)

    @every_reader
    def test_what_is_being_made_is_not_ready(self, world: World, read: Reader) -> None:
        error = assert_refused(read, without(world, state=State.PROCESSING), AnalysisNotReady, world.media)

        assert error.message == "The analysis is not done."

    @every_reader
    def test_of_an_analysis_that_failed_it_is_said_why_and_what_to_do(self, world: World, read: Reader) -> None:
        failure = Failure(code="unreadable_video", message="It is none.")
        failed = without(world, state=State.FAILED, failure=failure)

        error = assert_refused(read, failed, AnalysisNotReady, world.media)

        assert error.message == "The analysis has failed: unreadable_video."
        assert "/analyze" in (error.hint or "")

    @every_reader
    def test_a_recording_that_is_deleted_at_that_moment_is_not_there(self, world: World, read: Reader) -> None:
        made = recording(world)
        world.media.objects.clear()

        assert_refused(read, made, NotFound, world.media)


def assert_refused(read: Reader, made: Recording, failure: type[PlayheadError], media: Media) -> PlayheadError:
    with pytest.raises(failure) as refusal:
        read(made, media=media)
    return refusal.value


class TestViews:
    def test_a_section_has_its_statements_and_every_citation_once(self) -> None:
        assert wire(analysis_out(ANALYSIS, TIMELINE)) == {
            "sections": [
                {
                    "title": "The cart",
                    "timestamp": 0.0,
                    "description": "The cart is open.",
                    "citations": [{"type": "frame", "timestamp": 0.0, "id": "frm-1", "quote": "Cart"}],
                },
                {
                    "title": "Paying fails",
                    "timestamp": 4.0,
                    "description": "The user pays. The server answers 500.",
                    "citations": [
                        {"type": "action", "timestamp": 5.0, "id": "act-1", "quote": "click Pay"},
                        {"type": "transcript", "timestamp": 4.4, "id": "wrd-2", "quote": "I pay"},
                        {"type": "network_error", "timestamp": 5.1, "id": "net-1", "quote": "→ 500"},
                    ],
                },
            ]
        }

    def test_the_summary_is_one_text_and_the_findings_are_many(self) -> None:
        assert wire(summary_out(ANALYSIS)) == {
            "summary": "A purchase is tried. It fails.",
            "keyFindings": ["POST /pay fails with 500.", "pay is not a function."],
        }

    def test_a_summary_begins_with_what_must_be_known_of_it(self) -> None:
        shown = wire(summary_out(replace(ANALYSIS, caveat="This is the offline analyst's result.")))

        assert shown["summary"].startswith("This is the offline analyst's result. ")

    def test_the_transcript_is_a_text_and_its_words(self) -> None:
        shown = wire(transcript_out(TRANSCRIPT))

        assert shown["text"] == "Now I pay. Nothing happens."
        assert shown["words"][2] == {"text": "pay.", "start": 4.5, "end": 5.2, "probability": 0.877}
        assert (shown["language"], shown["model"], shown["note"]) == ("en", "tiny.en", "")

    def test_without_words_the_transcript_says_why(self) -> None:
        assert wire(transcript_out(Transcript(note="The video has no sound."))) == {
            "text": "",
            "words": [],
            "language": "en",
            "model": "",
            "note": "The video has no sound.",
        }

    def test_for_an_agent_it_is_a_text_under_the_title_that_may_be_shown(self, world: World) -> None:
        text = analysis_as_markdown(recording(world), ANALYSIS, TIMELINE)

        assert "Paying fails" in text
        assert "https://shop.example/cart" in text
        assert "tok_1234567890abcdef" not in text


class TestTimeline:
    def test_without_a_query_everything_is_shown(self) -> None:
        shown = listed()

        assert [item["id"] for item in shown["items"]] == [item.id for item in TIMELINE.items]
        assert shown["items"][6] == {
            "id": "act-1",
            "lane": "action",
            "type": "action",
            "timestamp": 5.0,
            "until": 5.0,
            "text": "click Pay",
            "facts": {"selector": "#pay"},
        }
        assert {name: value for name, value in shown.items() if name != "items"} == {
            "duration": 12.346,
            "clocks": [
                {
                    "lanes": ["console", "network"],
                    "unit": "epoch_ms",
                    "skew": -0.25,
                    "reason": "The video began later.",
                }
            ],
            "leftOut": {"console": 3},
            "notes": ["Of the console, 3 lines are left out."],
        }

    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            ({"lanes": "console,action"}, ["act-1", "con-1"]),
            ({"lanes": "navigation"}, ["nav-1"]),
            ({"from": "5.3", "lanes": "network,console,frame"}, ["net-1", "con-1"]),
            ({"from": "5", "to": "5.1", "lanes": "frame,network,action,console"}, ["frm-1", "act-1", "net-1"]),
            ({"to": "0"}, ["nav-1", "frm-1", "ocr-1-1"]),
            ({"from": "13"}, []),
        ],
    )
    def test_a_query_chooses_what_was_there_at_the_time(self, query: dict[str, str], ids: list[str]) -> None:
        assert [item["id"] for item in listed(**query)["items"]] == ids

    @pytest.mark.parametrize("lane", Lane)
    def test_all_lanes_together_are_the_whole(self, lane: Lane) -> None:
        others = ",".join(sorted(set(Lane) - {lane}))
        parts = listed(lanes=lane)["items"] + listed(lanes=others)["items"]

        assert sorted(item["id"] for item in parts) == sorted(item.id for item in TIMELINE.items)

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ({"from": "-1"}, "from: Input should be greater than or equal to 0"),
            ({"from": "soon"}, "from: must be a number"),
            ({"to": "nan"}, "to: must be a number"),
            ({"to": "inf"}, "to: must be a number"),
            ({"to": "1e3"}, "to: must be a number"),
            ({"to": "1_0"}, "to: must be a number"),
            ({"from": "2", "to": "1"}, "the request: to is before from"),
            ({"lanes": "console,dreams"}, NO_LANES),
            ({"lanes": ""}, NO_LANES),
        ],
    )
    def test_a_query_that_asks_for_nonsense_is_refused(self, query: dict[str, str], message: str) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            listed(**query)

        assert refusal.value.message == message
