"""How long a recording takes from its upload to `ready`, and what is billed for it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.processing import Processed, process
from benchmarks.report import Figure, Section, Table
from benchmarks.sample import sample_video
from benchmarks.video import make_tab_video

TURNS = 3
LONGER_S = 30
SAMPLE, LONGER = "demo sample", f"{LONGER_S} s of VP8, 1280×720"


def run() -> Section:
    videos = {SAMPLE: sample_video(), LONGER: make_tab_video(LONGER_S)}
    process(videos[SAMPLE])  # every worker has done it once
    runs: dict[str, list[Processed]] = {title: [] for title in videos}
    for _ in range(TURNS):
        for title, video in videos.items():
            runs[title].append(process(video))
    return Section(
        title="From the upload to `ready`",
        method="The demo's events are created, a video is put to the signed URL, and the run's own times are read when "
        "the queues are empty; the floor is the work of the steps on the longest way, without queues and deliveries.",
        figures=[_figure(title, processed) for title, processed in runs.items()],
        tables=[_parts(runs), _bills(runs[SAMPLE])],
    )


def _figure(title: str, runs: Sequence[Processed]) -> Figure:
    return Figure(
        what=f"upload to `ready`: {title}",
        unit="s",
        values=[one.total_s for one in runs],
        floors=[one.longest_work_s("finish_capture") for one in runs],
    )


def _parts(runs: dict[str, list[Processed]]) -> Table:
    """Where the time goes, in milliseconds."""
    columns = ["part", *(f"{title}: {half}" for title in runs for half in ("queued → claimed", "claimed → completed"))]
    confirm = ["upload answered → confirmed by the trigger"]
    for of_video in runs.values():
        confirm += ["", _milliseconds([one.confirm_s for one in of_video])]
    rows = [confirm]
    for step in (stage.step.name for stage in runs[SAMPLE][0].run.plan.stages):
        row = [f"`{step}`"]
        for of_video in runs.values():
            row.append(_milliseconds([one.wait_s(step) for one in of_video]))
            row.append(_milliseconds([one.work_s(step) for one in of_video]))
        rows.append(row)
    return Table("Parts, in milliseconds", columns, rows)


def _milliseconds(values_s: Sequence[float]) -> str:
    return f"{median(values_s) * 1000:.0f}"


def _bills(runs: Sequence[Processed]) -> Table:
    rows = []
    for item in runs[0].create_bill:
        create = median(one.create_bill[item] for one in runs)
        rest = median(one.process_bill[item] for one in runs)
        rows.append([item, f"{create:g}", f"{rest:g}", f"{create + rest:g}"])
    columns = ("billed", "create", "upload to `ready`", "together")
    return Table("The bill of one recording (demo sample, the client's upload included)", columns, rows)
