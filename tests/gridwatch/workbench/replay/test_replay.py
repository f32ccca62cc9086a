"""Replay a recording: the same alerts as on a node, and a trace that explains them."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.evidence.snapshot_description import SnapshotDescriber
from edge.sources.source import EndOfStream, Gap
from gridwatch.errors import UsageError
from gridwatch.workbench.replay.alert_summary import summarise_alerts
from gridwatch.workbench.replay.instrumentation import (
    RecordingRule,
    make_gauges,
    record_evaluations,
    select_gauges,
)
from gridwatch.workbench.replay.playback import play_events
from gridwatch.workbench.replay.replay import ReplayTask
from gridwatch.workbench.replay.replay_options import (
    find_recording,
    join_zone_points,
    parse_marks,
    parse_setting,
    parse_zone,
)
from gridwatch.workbench.replay.trace import Trace
from models.catalogue import footage
from models.catalogue.store import ModelStore
from models.errors import ModelError
from models.inference.pictures import ArrayPicture
from pipeline.camera import CameraPipeline
from pipeline.frame import Frame
from pipeline.geometry.shapes import Line, Zone
from pipeline.testing import ScriptedDetector
from scenarios import catalogue
from scenarios.authoring import standing
from scenarios.errors import SettingsError
from scenarios.testing import stage
from scenarios.testing.stage import START
from tests.requirements import require

CROWD = catalogue.load()["crowd_gathering"]
FIVE = stage.detections_at(standing(5, "person", at=(10, 10)), timedelta())
PICTURE = ArrayPicture(np.zeros((90, 160, 3), np.uint8))


def make_pipeline(settings: dict[str, object]) -> tuple[CameraPipeline, RecordingRule]:
    """Five people stand still before it."""
    scenario, recording_rule = record_evaluations(CROWD.bind([], settings))
    watching = ScriptedDetector(lambda _: FIVE, frozenset({"person"}))
    pipeline = CameraPipeline(
        origin="a/b/c", camera="test", detector=watching, scenarios=[scenario]
    )
    return pipeline, recording_rule


def frames(seconds: int) -> list[Frame]:
    times = [START + timedelta(seconds=number / 5) for number in range(5 * seconds)]
    return [Frame(camera="test", at=at, picture=PICTURE) for at in times]


def test_a_gap_is_replayed_and_the_end_closes_the_alert() -> None:
    pipeline, _ = make_pipeline({"people": 5, "hold": 3})
    events = frames(10)
    lost = Gap(events[-1].at, START + timedelta(seconds=60), "cut")

    result = play_events([*events, lost, EndOfStream(lost.until, "")], pipeline)
    [alert] = summarise_alerts(result.alerts)

    assert result.frames == 50
    assert result.length == timedelta(seconds=60)
    assert (alert.opened_s, alert.closed_s, alert.close_reason) == (3.2, 60.0, "source_ended")


def test_a_measure_is_known_below_its_threshold_too() -> None:
    pipeline, recording_rule = make_pipeline({"people": 8, "hold": 3})  # asked about each frame
    measuring = make_gauges(CROWD, (), {"people": 8})

    def seen(*_: object) -> None:
        scenes = [evaluation.scene for evaluation in recording_rule.take_evaluations()]
        for gauge in measuring:
            gauge.measure(scenes)

    result = play_events(frames(2), pipeline, on_event=seen)
    [people] = select_gauges(measuring)

    assert result.alerts == ()
    assert (people.setting.name, people.threshold, people.values[-1]) == ("people", 8, 5)


def test_the_trace_records_how_far_each_frame_got() -> None:
    pipeline, recording_rule = make_pipeline({"people": 5, "hold": 3})
    trace = Trace(
        pipeline=pipeline,
        recording_rule=recording_rule,
        describer=SnapshotDescriber(),
        gauges=[],
        watched_labels=CROWD.spec.labels,
        detect_all=lambda _: FIVE,
    )

    result = play_events(
        [*frames(5), Gap(frames(5)[-1].at, START + timedelta(seconds=7), "cut")],
        pipeline,
        on_event=trace.record_event,
    )
    first, last, gap = trace.entries[0], trace.entries[-2], trace.entries[-1]

    assert len(result.alerts) == 2
    assert (len(first.detections), len(first.tracks), first.signals) == (5, 0, ())
    assert (len(last.tracks), last.signals[0].measures["people"]) == (5, 5)
    assert last.episodes[0].level == "major"
    assert all(track.inside for track in last.tracks)
    assert gap.gap
    assert len(trace.snapshots) == 6


ZONES = {
    "0,0 1,0 1,1": Zone,
    "gate:0,0 1,0 1,1": Zone,
    "0.1,0.5 0.9,0.5": Line,
}


@pytest.mark.parametrize(("text", "kind"), ZONES.items())
def test_zones_are_read_as_they_are_typed(text: str, kind: type) -> None:
    assert isinstance(parse_zone(text), kind)
    assert parse_zone(text).name == ("gate" if text.startswith("gate") else "zone")


@pytest.mark.parametrize("text", ["", "1,2", "0,0 1", "a,b c,d", "0,0 1,0 2,2", "0,0 1,1 0,1 1,0"])
def test_an_invalid_zone_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="--zone"):
        parse_zone(text)


def test_points_typed_without_quotes_belong_to_their_zone() -> None:
    assert join_zone_points(["yard:0,0"], ["1,0", "1,1"]) == ("yard:0,0 1,0 1,1",)
    assert join_zone_points(["0,0 1,0 1,1", "0,0 1,1 0,1"], []) == ("0,0 1,0 1,1", "0,0 1,1 0,1")
    with pytest.raises(UsageError, match="in one quoted argument"):
        join_zone_points(["0,0 1,0 1,1", "0,0"], ["1,1", "0,1"])


YARD = "0.1,0.9=0,0 0.9,0.9=6,0 0.7,0.4=6,12 0.3,0.4=0,12"


def test_ground_marks_are_read_as_they_are_typed() -> None:
    assert [mark.metres for mark in parse_marks(YARD)] == [(0, 0), (6, 0), (6, 12), (0, 12)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.1,0.9=0,0 0.9,0.9=6,0 0.7,0.4=6,12", "needs at least four marks, has 3"),
        (YARD.replace("6,", "-6,"), "are mirrored"),
        (YARD.replace("=6,0", ""), "write 'x,y=right,up …'"),
        (YARD.replace("=6,0", "=six,0"), "write 'x,y=right,up …'"),
    ],
)
def test_invalid_ground_marks_are_a_usage_error(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_marks(text)


def test_a_scenario_with_a_required_zone_is_replayed_on_the_whole_frame_without_one() -> None:
    climbing = catalogue.load()["climbing"]
    task = ReplayTask(scenario_type=climbing, video=Path("wall.mp4"), settings={})

    assert [zone.name for zone in task.bind_scenario().zones] == ["frame"]
    with pytest.raises(SettingsError, match="needs a zone"):
        climbing.bind([], {})


def test_settings_are_numbers_where_they_can_be() -> None:
    assert [parse_setting(t)[1] for t in ("a=1", "a=1.5", "level=major")] == [1, 1.5, "major"]
    with pytest.raises(UsageError, match="write name=value"):
        parse_setting("people")


def test_a_missing_recording_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no such file, and no footage of that name"):
        find_recording("nowhere.mp4")


@pytest.mark.slow
def test_replay_prints_one_document_and_writes_one_page(tmp_path: Path) -> None:
    try:
        footage.find_clip("traffic")
        ModelStore().find(ModelStore().best_available(allow_fetch=False))
    except ModelError as error:
        require(condition=False, what=str(error))
    page = tmp_path / "why.html"
    words = ["replay", "traffic", "--scenario", "congestion", "--report", str(page), "--json"]
    command = [sys.executable, "-c", "from gridwatch.cli import main; main()", "scenario", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    text = page.read_text("utf-8")

    assert answer["frames"] == 100
    assert {"alerts", "frames", "seconds"} <= answer.keys()
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert "data:image/jpeg;base64," in text
