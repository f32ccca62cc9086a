"""``gridwatch scenario replay``: what was typed, played, and told."""

import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.preflight.ground_accuracy import (
    GroundAccuracy,
    describe_accuracy,
    describe_source,
    ground_accuracy,
)
from edge.sources.file import video_duration
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError
from gridwatch.workbench import library
from gridwatch.workbench.progress import progress_bar
from gridwatch.workbench.replay.alert_summary import AlertSummary, summarise_alerts
from gridwatch.workbench.replay.page import render_page
from gridwatch.workbench.replay.playback import PlaybackResult
from gridwatch.workbench.replay.replay import (
    ReplayTask,
    find_recording,
    parse_marks,
    parse_settings,
    parse_zone,
    replay,
    replay_with_trace,
)
from gridwatch.workbench.replay.trace import Trace
from models import detector as detectors
from models.catalogue.progress import ConsoleProgress
from pipeline.ports import Detector
from scenarios import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """The command line, as it was typed."""

    video: str
    scenario: str
    zones: tuple[str, ...]
    settings: tuple[str, ...]
    report: Path | None
    model: str | None
    detect_fps: float
    gate: bool
    ground: str | None = None


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints.

    Args:
        seconds: How long the recording is, from its first to its last frame.
        took_s: How long that took to look at.
        metres: How good they were in the end.
    """

    alerts: list[AlertSummary]
    frames: int
    seconds: float
    took_s: float
    metres: GroundAccuracy
    report: str | None


def run_replay_command(options: ReplayOptions, *, json: bool) -> None:
    """Play, write the report, print what came of it.

    Raises:
        UsageError: A zone, setting or recording cannot be meant.
    """
    task, watch = _task(options), ConsoleProgress()
    _refuse_folder(options.report)
    detector = detectors.load_detector(options.model, progress=watch)
    began = time.monotonic()
    take, diary = _played(task, detector, noting=options.report is not None)
    answer = ReplayResult(
        alerts=summarise_alerts(take.alerts),
        frames=take.frames,
        seconds=round(take.length.total_seconds(), 3),
        took_s=round(time.monotonic() - began, 2),
        metres=ground_accuracy(take.ground, task.bind_scenario().zones),
        report=str(options.report) if options.report else None,
    )
    if options.report and diary:
        options.report.write_text(render_page(task, take, diary, detector), "utf-8")
    print_json(msgspec.to_builtins(answer)) if json else _tell(answer)


def _task(asked: ReplayOptions) -> ReplayTask:
    zones = tuple(parse_zone(text, number) for number, text in enumerate(asked.zones, start=1))
    task = ReplayTask(
        scenario_type=catalogue.find(asked.scenario, library.load_library()),
        video=find_recording(asked.video, ConsoleProgress()),
        zones=zones,
        settings=parse_settings(asked.settings),
        detect_fps=asked.detect_fps,
        gate=asked.gate,
        marks=parse_marks(asked.ground) if asked.ground else (),
    )
    task.bind_scenario()  # mistakes are told before anything is played
    return task


def _refuse_folder(report: Path | None) -> None:
    if report and not report.parent.is_dir():
        raise UsageError(f"--report {report}: there is no folder {report.parent}")


def _played(
    task: ReplayTask, detector: Detector, *, noting: bool
) -> tuple[PlaybackResult, Trace | None]:
    with progress_bar(
        f"{task.scenario_type.key} on {task.video.name}", video_duration(task.video)
    ) as progress:
        if noting:
            return replay_with_trace(task, detector, progress=progress)
        return replay(task, detector, progress=progress), None


def _tell(answer: ReplayResult) -> None:
    for one in answer.alerts:
        updated = "".join(f", updated {seconds:.1f} s" for seconds in one.updated_s)
        who = f" #{one.subject}" if one.subject else ""
        print(
            f"{one.scenario} in {one.zone}{who}: opened {one.opened_s:.1f} s{updated}, "
            f"closed {one.closed_s:.1f} s ({one.close_reason}), {one.level}"
        )
        print(f"  {one.because.zh} / {one.because.en}")
        print("  boxes " + "  ".join(_box(box) for box in map(msgspec.structs.astuple, one.boxes)))
    speed = answer.seconds / max(answer.took_s, 0.01)
    alerts = "1 alert" if len(answer.alerts) == 1 else f"{len(answer.alerts)} alerts"
    print(
        f"{alerts}, {answer.frames} frames, {answer.seconds:g} s "
        f"in {answer.took_s:g} s ({speed:.1f} times as fast as it happened)"
    )
    print(f"metres {describe_source(answer.metres)}: {describe_accuracy(answer.metres)}")
    if answer.report:
        print(f"report: {answer.report}")


def _box(sides: tuple[float, ...]) -> str:
    return ",".join(f"{side:.3f}" for side in sides)
