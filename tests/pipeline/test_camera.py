"""One camera from frame to alert."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alert import Alert, Change, CloseReason
from pipeline.alerting.episode import AlertTiming
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.errors import ClockWentBackError, UnsupportedLabelsError
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Zone
from pipeline.rules.scenario import Scenario
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.testing import GreyPicture, ScriptedDetector
from tests.pipeline.builders import a_box, a_spec, after, some_detections

PICTURE = GreyPicture(Size(640, 360))
TIMING = AlertTiming(hold=timedelta(seconds=2), clear=timedelta(seconds=4))
SOMEBODY = some_detections(a_box())
FILMS = st.text("#.~", max_size=60)


def anybody(scene: Scene) -> Sequence[Signal]:
    inside = scene.in_zone()
    return [scene.signal(*inside, people=len(inside))] if inside else []


def a_scenario(watches: str = "person") -> Scenario:
    return Scenario(
        spec=replace(a_spec(), labels=frozenset({watches})),
        timing=TIMING,
        rule=anybody,
        level=Level.MAJOR,
        zones=(Zone.full_frame(),),
    )


def a_pipeline(script: Callable[[datetime], Detections] = lambda _: SOMEBODY) -> CameraPipeline:
    return CameraPipeline(
        origin="demo/market/box-1",
        camera="gate",
        detector=ScriptedDetector(script, frozenset({"person"})),
        scenarios=[a_scenario()],
    )


def a_frame(at: datetime) -> Frame:
    return Frame(camera="gate", at=at, picture=PICTURE)


def play(timeline: str, *, begin: int = 0) -> list[tuple[float, Alert]]:
    """Play one character each fifth of a second: ``#`` person, ``.`` empty, ``~`` no frame."""
    at = after(begin)
    shown: dict[datetime, Detections] = {}
    pipeline = a_pipeline(shown.__getitem__)
    alerts_by_time: list[tuple[float, Alert]] = []
    for sign in timeline:
        at += timedelta(seconds=0.2)
        if sign != "~":
            shown[at] = SOMEBODY if sign == "#" else Detections.empty()
            alerts_by_time += [
                ((at - after(begin)).total_seconds(), a) for a in pipeline.push(a_frame(at))
            ]
    return alerts_by_time


def changes(timeline: str) -> str:
    return ", ".join(f"{at:g} {alert.change}" for at, alert in play(timeline))


def test_a_person_who_stays_opens_and_closes_an_alert() -> None:
    assert changes("#" * 20 + "." * 40) == "2.4 opened, 9 closed"


def test_an_alert_explains_itself_from_pixel_to_hold() -> None:
    [(_, opened)] = play("#" * 20)

    assert [step.name for step in opened.explain] == ["detect", "track", "zone", "rule", "hold"]
    assert opened.message.zh == "1 人"
    assert opened.boxes
    assert opened.score == pytest.approx(0.9)


def test_an_unannounced_gap_neither_holds_nor_clears() -> None:
    assert changes("#" * 8 + "~" * 100 + "#" * 5) == "22.6 opened"
    assert changes("#" * 20 + "~" * 100 + "." * 10) == "2.4 opened"


def test_a_frame_from_the_past_is_refused_and_changes_nothing() -> None:
    pipeline, twin = a_pipeline(), a_pipeline()
    for each in (pipeline, twin):
        for number in range(10):
            each.push(a_frame(after(number / 5)))

    with pytest.raises(ClockWentBackError):
        pipeline.push(a_frame(after(1)))
    with pytest.raises(ClockWentBackError):
        pipeline.record_gap(after(1), after(100))

    for number in range(10, 30):
        frame = a_frame(after(number / 5))
        assert pipeline.push(frame) == twin.push(frame)


def test_a_camera_that_is_lost_closes_its_alerts() -> None:
    pipeline = a_pipeline()
    for number in range(20):
        pipeline.push(a_frame(after(number / 5)))

    assert pipeline.record_gap(after(4), after(300)) == []
    [closed] = pipeline.record_gap(after(300), after(604))

    assert closed.close_reason is CloseReason.SOURCE_LOST


def test_the_end_of_a_source_closes_what_is_open() -> None:
    pipeline = a_pipeline()
    for number in range(20):
        pipeline.push(a_frame(after(number / 5)))

    [closed] = pipeline.close_alerts(after(0), CloseReason.SOURCE_ENDED)

    assert (closed.change, closed.closed_at) == (Change.CLOSED, after(19 / 5))
    assert pipeline.close_alerts(after(10), CloseReason.SOURCE_ENDED) == []


def test_the_tracks_and_detections_of_the_last_frame_are_available() -> None:
    doubtful = some_detections(a_box(0.2), a_box(0.8), scores=[0.9, 0.1])
    pipeline = a_pipeline(lambda _: doubtful)
    for number in range(5):
        pipeline.push(a_frame(after(number / 5)))

    assert [round(track.box.foot.x, 2) for track in pipeline.tracks] == [0.2]
    assert len(pipeline.detections) == 2


def test_a_scenario_that_could_never_speak_is_refused() -> None:
    detector = ScriptedDetector(lambda _: SOMEBODY, frozenset({"person"}))

    with pytest.raises(
        UnsupportedLabelsError, match="crowd watches for boat, which model scripted"
    ):
        CameraPipeline(
            origin="demo/market/box-1",
            camera="gate",
            detector=detector,
            scenarios=[a_scenario("boat")],
        )


@settings(deadline=None, max_examples=30)
@given(FILMS)
def test_equal_frames_give_equal_alerts_ids_included(timeline: str) -> None:
    assert play(timeline) == play(timeline)


@settings(deadline=None, max_examples=30)
@given(FILMS, st.integers(1, 10**6))
def test_a_shift_in_time_shifts_the_alerts(timeline: str, shift: int) -> None:
    def gist(begin: int) -> list[tuple[object, ...]]:
        return [(at, a.rev, a.change, a.measures, a.boxes) for at, a in play(timeline, begin=begin)]

    assert gist(shift) == gist(0)
