"""Play a clip as an edge node would, with every scenario that is watched there on one camera."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.sources.file import FileSource
from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.scoring import WatchOutcome
from gridwatch.workbench.evaluation.truth import Watch
from gridwatch.workbench.loaded_models import LoadedModels
from gridwatch.workbench.replay.alert_summary import summarise_alerts
from gridwatch.workbench.replay.playback import play_events
from models.pose import find_pose_estimator
from pipeline.camera import CameraPipeline
from pipeline.errors import GeometryError
from pipeline.rules.earliest_alert import earliest_alert
from pipeline.rules.scenario import Scenario
from scenarios.definition.scenario_type import ScenarioType
from scenarios.errors import SettingsError
from scenarios.testing.stage import START

CAMERA = "evaluation"
ORIGIN = "workbench/evaluation/file"
DETECT_FPS = 5


def bind_watches(
    watches: Sequence[Watch], scenario_types: Mapping[str, ScenarioType]
) -> list[Scenario]:
    """Bind what is watched on one clip, each with a zone of its own name.

    Raises:
        UsageError: The truth names an unknown scenario, or a zone or setting that does not fit.
    """
    scenarios = []
    for number, watch in enumerate(watches, start=1):
        if watch.scenario not in scenario_types:
            raise UsageError(f"--truth: there is no scenario {watch.scenario!r}")
        try:
            zone = watch.make_zone(f"watch-{number}")
            scenarios.append(scenario_types[watch.scenario].bind([zone], watch.settings))
        except (GeometryError, SettingsError) as error:
            raise UsageError(f"--truth: {watch.scenario}: {error}") from None
    return scenarios


def evaluate_clip(
    video: Path,
    watches: Sequence[Watch],
    scenarios: Sequence[Scenario],
    models: LoadedModels,
    *,
    clip: str,
    variants: int = 1,
) -> list[WatchOutcome]:
    """Play a clip once for all that is watched on it, and compare.

    Args:
        scenarios: ``watches`` as ``bind_watches`` binds them.
        clip: Its name in the outcomes.
        variants: ``watches`` are so many combinations of parameters, one after the other.

    Raises:
        SourceError: The clip cannot be read.
        BlindError: The detector reports none of the labels of a scenario.
    """
    pipeline = CameraPipeline(
        origin=ORIGIN,
        camera=CAMERA,
        detector=models.main,
        scenarios=scenarios,
        gate=models.make_gate(),
        second_look=models.make_second_look(),
        poses=find_pose_estimator(),
    )
    source = FileSource(CAMERA, video, start_at=lambda: START, detect_fps=DETECT_FPS)
    playback = play_events(source.events(threading.Event()), pipeline)
    alerts = summarise_alerts(playback.alerts)
    outcomes = []
    for number, (watch, scenario) in enumerate(zip(watches, scenarios, strict=True)):
        zone = scenario.zones[0].name
        own = [a for a in alerts if (a.scenario, a.zone) == (watch.scenario, zone)]
        able_s = (playback.length - earliest_alert(scenario)).total_seconds()
        outcomes.append(
            WatchOutcome(
                clip=clip,
                scenario=watch.scenario,
                clip_s=playback.length.total_seconds(),
                camera_s=max(able_s, 0.0),
                hold_s=scenario.timing.hold.total_seconds(),
                happenings=watch.happenings,
                alerts=tuple(own),
                variant=number * variants // len(watches),
            )
        )
    return outcomes
