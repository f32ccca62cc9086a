"""Run ``gridwatch scenario replay``: play, write the report, print the result."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from edge.preflight.ground_accuracy import (
    GroundAccuracy,
    describe_accuracy,
    describe_source,
    ground_accuracy,
)
from edge.sources.video_file import video_duration
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError
from gridwatch.workbench.library import load_library
from gridwatch.workbench.loaded_models import LoadedModels
from gridwatch.workbench.replay.alert_summary import AlertSummary, summarise_alerts
from gridwatch.workbench.replay.page.renderer import render_page
from gridwatch.workbench.replay.playback import PlaybackResult
from gridwatch.workbench.replay.replay import (
    ProgressCallback,
    ReplayTask,
    earliest_s,
    replay,
    replay_with_trace,
)
from gridwatch.workbench.replay.replay_options import (
    ReplayOptions,
    find_recording,
    parse_learn_from,
    parse_marks,
    parse_settings,
    parse_zone,
)
from gridwatch.workbench.replay.trace import Trace
from models.catalogue.progress import ConsoleProgress
from scenarios import catalogue


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``--json``.

    Args:
        seconds: Length of the recording, from its first to its last frame.
        took_s: How long the replay took.
        earliest_s: No alert could open before.
        metres: Accuracy of the ground at the end.
        report: Path of the report, if one was written.
    """

    alerts: list[AlertSummary]
    frames: int
    seconds: float
    took_s: float
    earliest_s: float
    metres: GroundAccuracy
    report: str | None


def run_replay_command(options: ReplayOptions, *, json: bool) -> None:
    """Play the recording, write the report and print the result.

    Raises:
        UsageError: A zone, setting, mark or recording is invalid.
    """
    task = _make_task(options)
    scenario = task.bind_scenario()
    _check_report_folder(options.report)
    models = LoadedModels.load(options.models, ConsoleProgress())
    started = time.monotonic()
    playback, trace = _play(task, models, with_trace=options.report is not None)
    result = ReplayResult(
        alerts=summarise_alerts(playback.alerts),
        frames=playback.frames,
        seconds=round(playback.length.total_seconds(), 3),
        took_s=round(time.monotonic() - started, 2),
        earliest_s=earliest_s(task, scenario),
        metres=ground_accuracy(playback.ground, scenario.zones),
        report=str(options.report) if options.report else None,
    )
    if options.report and trace:
        options.report.write_text(render_page(task, playback, trace, models.main), "utf-8")
    if json:
        print_json(msgspec.to_builtins(result))
    else:
        _print_result(result, task.scenario_type.key)


@contextmanager
def progress_bar(description: str, length: timedelta) -> Iterator[ProgressCallback]:
    """Show a progress bar on standard error if that is a terminal; remove it at the end."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with bar:
        task = bar.add_task(description, total=max(length.total_seconds(), 1.0))

        def update(played: timedelta) -> None:
            bar.update(task, completed=played.total_seconds())

        yield update


def _make_task(options: ReplayOptions) -> ReplayTask:
    task = ReplayTask(
        scenario_type=catalogue.find(options.scenario, load_library()),
        video=find_recording(options.video, ConsoleProgress()),
        zones=tuple(parse_zone(text, n) for n, text in enumerate(options.zones, start=1)),
        settings=parse_settings(options.settings),
        detect_fps=options.detect_fps,
        gate=options.gate,
        marks=parse_marks(options.ground) if options.ground else (),
        learn_from=parse_learn_from(options.learn_from) if options.learn_from else None,
    )
    task.bind_scenario()  # report invalid settings before anything is played
    return task


def _check_report_folder(report: Path | None) -> None:
    if report and not report.parent.is_dir():
        raise UsageError(f"--report {report}: there is no folder {report.parent}")


def _play(
    task: ReplayTask, models: LoadedModels, *, with_trace: bool
) -> tuple[PlaybackResult, Trace | None]:
    description = f"{task.scenario_type.key} on {task.video.name}"
    with progress_bar(description, video_duration(task.video)) as progress:
        if with_trace:
            return replay_with_trace(task, models, progress=progress)
        return replay(task, models, progress=progress), None


def _print_result(result: ReplayResult, key: str) -> None:
    for alert in result.alerts:
        _print_alert(alert)
    speed = result.seconds / max(result.took_s, 0.01)
    alerts = "1 alert" if len(result.alerts) == 1 else f"{len(result.alerts)} alerts"
    print(
        f"{alerts}, {result.frames} frames, {result.seconds:g} s "
        f"in {result.took_s:g} s ({speed:.1f} times real time)"
    )
    is_short = result.earliest_s > result.seconds
    too_short = ", so this clip is too short for it" if is_short else ""
    print(f"{key} cannot fire before {result.earliest_s:g} s{too_short}")
    print(f"metres {describe_source(result.metres)}: {describe_accuracy(result.metres)}")
    if result.report:
        print(f"report: {result.report}")


def _print_alert(alert: AlertSummary) -> None:
    updated = "".join(f", updated {seconds:.1f} s" for seconds in alert.updated_s)
    subject = f" #{alert.subject}" if alert.subject else ""
    print(
        f"{alert.scenario} in {alert.zone}{subject}: opened {alert.opened_s:.1f} s{updated}, "
        f"closed {alert.closed_s:.1f} s ({alert.close_reason}), {alert.level}"
    )
    print(f"  {alert.because.zh} / {alert.because.en}")
    boxes = map(msgspec.structs.astuple, alert.boxes)
    print("  boxes " + "  ".join(",".join(f"{side:.3f}" for side in box) for box in boxes))
