"""Compute the alerts of all clips with their truth, once, and keep them in a file."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from edge.sources.file import FileSource
from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.annotations.annotation import Span
from gridwatch.workbench.evaluation.evaluation import (
    CAMERA,
    DETECT_FPS,
    ORIGIN,
)
from gridwatch.workbench.evaluation.scoring import TOLERANCE_S
from gridwatch.workbench.evaluation.truth import Truth, Watch
from gridwatch.workbench.replay.alert_summary import AlertSummary, summarise_alerts
from gridwatch.workbench.replay.playback import play_events
from gridwatch.workbench.replay.replay_options import find_recording
from models.catalogue.progress import ConsoleProgress
from models.errors import NotFetchedError
from models.pose import find_pose_estimator
from pipeline.camera import CameraPipeline, GateConfig
from pipeline.ports import Detector
from pipeline.rules.scenario import Scenario
from pipeline.second_look.second_look import SecondLook
from scenarios.definition.scenario_type import ScenarioType
from scenarios.errors import SettingsError
from scenarios.testing.stage import START

HOLDS_S = (0.5, 1.0, 2.0)
"""Settings of other sites, beside that of the truth: a short hold gives more false alerts."""


class ClipAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of a clip, and whether it is true.

    Args:
        setting: ``truth``, or the ``hold`` in seconds that replaces it.
    """

    clip: str
    setting: str
    alert: AlertSummary
    is_true: bool


def read_clip_alerts(file: Path) -> list[ClipAlert]:
    """Read the alerts of an earlier run.

    Raises:
        UsageError: The file cannot be read, or is not such a file.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[ClipAlert])
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"--alerts {file}: {error}; delete it to compute it anew") from None


def compute_clip_alerts(
    truth: Truth,
    scenario_types: Mapping[str, ScenarioType],
    detector: Detector,
    *,
    report: Callable[[str], None],
) -> list[ClipAlert]:
    """Play all clips of the truth that are on this machine; each once, with all settings.

    Raises:
        SourceError: A clip cannot be read.
    """
    found: list[ClipAlert] = []
    for clip in truth.clips:
        try:
            video = find_recording(clip, ConsoleProgress())
        except (NotFetchedError, UsageError):
            continue
        alerts = _play(video, truth.watches(clip), scenario_types, detector, clip=clip)
        report(f"{clip}: {len(alerts)} alerts")
        found += alerts
    return found


def _play(
    video: Path,
    watches: Sequence[Watch],
    scenario_types: Mapping[str, ScenarioType],
    detector: Detector,
    *,
    clip: str,
) -> list[ClipAlert]:
    """Play a clip with what the truth watches, and beside it the same with other holds."""
    settings = [(watch, "truth") for watch in watches]
    settings += [
        (msgspec.structs.replace(watch, settings={**watch.settings, "hold": hold}), f"hold {hold}")
        for watch in watches
        for hold in HOLDS_S
    ]
    bound: list[tuple[Watch, str, Scenario]] = []
    for watch, setting in settings:
        try:
            zone = watch.make_zone(f"watch-{len(bound)}")
            scenario = scenario_types[watch.scenario].bind([zone], watch.settings)
        except SettingsError:  # the scenario does not allow this hold
            continue
        bound.append((watch, setting, scenario))
    pipeline = CameraPipeline(
        origin=ORIGIN,
        camera=CAMERA,
        detector=detector,
        scenarios=[scenario for _, _, scenario in bound],
        gate=GateConfig(),
        second_look=SecondLook(detector),
        poses=find_pose_estimator(),
    )
    source = FileSource(CAMERA, video, start_at=lambda: START, detect_fps=DETECT_FPS)
    playback = play_events(source.events(threading.Event()), pipeline)
    by_zone = {scenario.zones[0].name: (w, setting) for w, setting, scenario in bound}
    return [
        ClipAlert(
            clip=clip,
            setting=by_zone[alert.zone][1],
            alert=alert,
            is_true=is_during(alert.opened_s, by_zone[alert.zone][0].happenings),
        )
        for alert in summarise_alerts(playback.alerts)
    ]


def is_during(at_s: float, happenings: Sequence[Span]) -> bool:
    """Return whether a happening is there, or was or will be within the tolerance of the truth."""
    return any(since - TOLERANCE_S <= at_s <= until + TOLERANCE_S for since, until in happenings)
