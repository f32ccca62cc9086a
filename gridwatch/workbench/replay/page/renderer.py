"""Render the report of a replay as one self-contained HTML page."""

from importlib.resources import files

import msgspec

from edge.preflight.ground_accuracy import GroundAccuracy, ground_accuracy
from gridwatch.workbench.replay.alert_summary import AlertSummary, summarise_alerts
from gridwatch.workbench.replay.instrumentation import Gauge, select_gauges
from gridwatch.workbench.replay.playback import PlaybackResult
from gridwatch.workbench.replay.replay import ReplayTask, earliest_s
from gridwatch.workbench.replay.trace import Snapshot, Trace, TraceEntry
from pipeline.geometry.shapes import Point
from pipeline.ports import Detector
from pipeline.rules.scenario import Scenario
from pipeline.text import Text
from scenarios.definition.scenario_type import ScenarioType

SCRIPTS = ("words.js", "timeline.js", "page.js")


class PageData(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the page; its scripts draw everything from it."""

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
    snapshots: list[Snapshot]
    alerts: list[AlertSummary]
    metres: GroundAccuracy
    earliest_s: float
    marks: list[Point]


def render_page(
    task: ReplayTask, playback: PlaybackResult, trace: Trace, detector: Detector
) -> str:
    """Return the page as HTML."""
    data = _collect_data(task, playback, trace, detector)
    parts = {
        "css": _read_asset("page.css"),
        "js": "".join(map(_read_asset, SCRIPTS)),
        "data": msgspec.json.encode(data).decode().replace("</", "<\\/"),
    }
    html = _read_asset("page.html")
    for name, part in parts.items():
        html = html.replace("{{" + name + "}}", part, 1)
    return html


def _collect_data(
    task: ReplayTask, playback: PlaybackResult, trace: Trace, detector: Detector
) -> PageData:
    scenario = task.bind_scenario()
    return PageData(
        scenario=_describe_scenario(task.scenario_type),
        video=task.video.name,
        model=detector.model.name,
        frames=playback.frames,
        length_s=playback.length.total_seconds(),
        detect_fps=task.detect_fps,
        confident=detector.confidence_threshold,
        zones=[{"name": zone.name, "points": zone.points} for zone in task.zones],
        timing=_describe_timing(scenario),
        parameters=_describe_parameters(task),
        gauges=[_describe_gauge(gauge) for gauge in select_gauges(trace.gauges)],
        entries=trace.entries,
        snapshots=trace.snapshots,
        alerts=summarise_alerts(playback.alerts),
        metres=ground_accuracy(playback.ground, scenario.zones),
        earliest_s=earliest_s(task, scenario),
        marks=[mark.at for mark in task.marks],
    )


def _read_asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _describe_scenario(scenario_type: ScenarioType) -> dict[str, object]:
    return {
        "key": scenario_type.key,
        "title": scenario_type.title,
        "watches": sorted(scenario_type.spec.labels),
        "needs": sorted(scenario_type.spec.capabilities),
    }


def _describe_timing(scenario: Scenario) -> dict[str, float]:
    timing = scenario.timing
    return {
        "hold_s": timing.hold.total_seconds(),
        "clear_s": timing.clear.total_seconds(),
        "share": timing.min_share,
    }


def _describe_parameters(task: ReplayTask) -> list[dict[str, object]]:
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


def _describe_gauge(gauge: Gauge) -> dict[str, object]:
    setting = gauge.setting
    return {
        "name": setting.name,
        "title": Text(zh=setting.title.zh, en=setting.title.en),
        "unit": setting.unit,
        "threshold": gauge.threshold,
        "range_end": gauge.range_end,
        "above": gauge.range_end <= gauge.threshold,
        "values": gauge.values,
    }
