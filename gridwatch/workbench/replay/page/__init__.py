"""A replay as one page that needs nothing but itself."""

from importlib.resources import files

import msgspec

from edge.preflight.ground_accuracy import GroundAccuracy, ground_accuracy
from gridwatch.workbench.replay.alert_summary import AlertSummary, summarise_alerts
from gridwatch.workbench.replay.instrumentation import Gauge, select_gauges
from gridwatch.workbench.replay.playback import PlaybackResult
from gridwatch.workbench.replay.replay import ReplayTask
from gridwatch.workbench.replay.trace import Snapshot, Trace, TraceEntry
from pipeline.geometry.shapes import Point
from pipeline.ports import Detector
from pipeline.rules.scenario import Scenario
from pipeline.text import Text
from scenarios.definition.scenario_type import ScenarioType

SCRIPTS = ("words.js", "timeline.js", "page.js")


class PageData(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page is told; its script draws the rest."""

    scenario: dict[str, object]
    video: str
    model: str
    frames: int
    length_s: float
    detect_fps: float
    confident: float
    zones: list[dict[str, object]]
    timing: dict[str, float]
    parameters: list[dict[str, object]]
    gauges: list[dict[str, object]]
    entries: list[TraceEntry]
    photos: list[Snapshot]
    alerts: list[AlertSummary]
    metres: GroundAccuracy
    marks: list[Point]


def render_page(task: ReplayTask, take: PlaybackResult, diary: Trace, detector: Detector) -> str:
    """Write the page, as HTML."""
    bound = task.bind_scenario()
    told = PageData(
        scenario=_scenario(task.scenario_type),
        video=task.video.name,
        model=detector.model.name,
        frames=take.frames,
        length_s=take.length.total_seconds(),
        detect_fps=task.detect_fps,
        confident=detector.confidence_threshold,
        zones=[{"name": zone.name, "points": zone.points} for zone in task.zones],
        timing=_timing(bound),
        parameters=_parameters(task),
        gauges=[_gauge(gauge) for gauge in select_gauges(diary.gauges)],
        entries=diary.entries,
        photos=diary.snapshots,
        alerts=summarise_alerts(take.alerts),
        metres=ground_accuracy(take.ground, bound.zones),
        marks=[mark.at for mark in task.marks],
    )
    data = msgspec.json.encode(told).decode().replace("</", "<\\/")
    js = "".join(map(_part, SCRIPTS))
    parts = {"css": _part("page.css"), "js": js, "data": data}
    text = _part("page.html")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part, 1)
    return text


def _part(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _scenario(kind: ScenarioType) -> dict[str, object]:
    return {
        "key": kind.key,
        "title": kind.title,
        "watches": sorted(kind.spec.labels),
        "needs": sorted(kind.spec.capabilities),
    }


def _timing(scenario: Scenario) -> dict[str, float]:
    timing = scenario.timing
    return {
        "hold_s": timing.hold.total_seconds(),
        "clear_s": timing.clear.total_seconds(),
        "share": timing.min_share,
    }


def _parameters(task: ReplayTask) -> list[dict[str, object]]:
    return [
        {
            "name": setting.name,
            "title": setting.title,
            "unit": setting.unit,
            "value": task.settings.get(setting.name, setting.default),
            "default": setting.default,
        }
        for setting in task.scenario_type.settings
    ]


def _gauge(gauge: Gauge) -> dict[str, object]:
    setting = gauge.setting
    return {
        "name": setting.name,
        "title": Text(zh=setting.title.zh, en=setting.title.en),
        "unit": setting.unit,
        "threshold": gauge.threshold,
        "end": gauge.range_end,
        "above": gauge.range_end <= gauge.threshold,
        "values": gauge.values,
    }
