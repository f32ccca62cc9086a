"""When a decision is pending."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting.debouncer import Debouncer
from pipeline.alerting.episode import AlertTiming
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import Point, Zone
from pipeline.rules.scenario import Scenario
from pipeline.rules.scenario_runner import OnsetDetector, ScenarioRunner
from pipeline.scene.frame_context import ContextBuilder, ZoneContext
from pipeline.signal import Level
from pipeline.testing import GreyPicture, ScriptedDetector
from pipeline.track import Track
from tests.pipeline.builders import (
    a_box,
    a_signal,
    a_spec,
    a_track,
    a_track_set,
    after,
    some_detections,
)

YARD = Zone("yard", (Point(0.4, 0.5), Point(0.6, 0.5), Point(0.6, 0.8), Point(0.4, 0.8)))
INSIDE, BESIDE, FAR = a_track(x=0.5), a_track(x=0.25), a_track(x=0.1)


def timing(hold: float) -> AlertTiming:
    return AlertTiming(hold=timedelta(seconds=hold), clear=timedelta(seconds=5))


def a_scenario(*, hold: float = 3, least: int = 1) -> Scenario:
    """Somebody is in the yard."""
    return Scenario(
        spec=a_spec(),
        timing=timing(hold),
        rule=lambda scene: [
            scene.signal(*people, people=1) for people in [scene.in_zone()] if people
        ],
        level=Level.MAJOR,
        zones=(YARD,),
        min_objects=least,
    )


def is_near(onset: OnsetDetector, seconds: float, *tracks: Track, signals: bool = False) -> bool:
    yard = ZoneContext(at=after(seconds), zone=YARD, tracks=a_track_set(*tracks))
    onset.push(after(seconds), [yard], has_signals=signals)
    return onset.is_near


def test_a_track_near_a_zone_may_start_an_episode() -> None:
    onset = OnsetDetector(a_scenario())

    assert not is_near(onset, 0, FAR)
    assert is_near(onset, 1, FAR, BESIDE)
    assert is_near(onset, 2, INSIDE)


def test_too_few_tracks_cannot_reach_the_count_soon() -> None:
    assert not is_near(OnsetDetector(a_scenario(least=5)), 0, INSIDE, BESIDE, FAR)
    assert is_near(OnsetDetector(a_scenario(least=5)), 0, INSIDE, BESIDE, FAR, FAR)


def test_no_new_episode_is_expected_while_an_alert_is_open() -> None:
    watch = ScenarioRunner(a_scenario(hold=1), origin="a/b/c", camera="gate")
    stage = ContextBuilder([YARD])
    was_pending = []
    for seconds in range(3):
        watch.push(stage.push(after(seconds), Detections.empty(), a_track_set(INSIDE)))
        was_pending.append(watch.is_pending)

    assert was_pending == [True, False, False]


def test_tracks_without_a_signal_are_ignored_after_a_while() -> None:
    onset = OnsetDetector(a_scenario())
    marks = [is_near(onset, seconds, INSIDE) for seconds in range(13)]

    assert marks == [True] * 11 + [False] * 2
    assert is_near(onset, 13, INSIDE, signals=True)


def test_a_long_hold_needs_no_onset() -> None:
    assert not is_near(OnsetDetector(a_scenario(hold=30)), 0, INSIDE)


def pending_marks(*, hold: float, signals: str) -> str:
    """Play a signal (``#``) or none five times a second: ``!`` where a decision is pending."""
    debouncer = Debouncer(a_spec(), timing(hold), origin="a/b/c", camera="gate")
    marks = ""
    for number, letter in enumerate(signals):
        debouncer.push(after(number / 5), [a_signal()] if letter == "#" else [])
        marks += "!" if debouncer.is_pending else "."
    return marks


def test_a_decision_is_pending_until_the_alert_opens() -> None:
    assert pending_marks(hold=1, signals="..########") == "..!!!!...."


def test_in_the_middle_of_a_long_hold_only_flicker_is_pending() -> None:
    marks = pending_marks(hold=30, signals="#" * 60 + "." + "#" * 100)

    assert marks[:6] == "!!!!!."
    assert marks[59:62] == ".!."
    assert marks[130:149] == "!" * 19


@given(st.text("#.", max_size=60), st.integers(0, 5))
def test_no_alert_opens_without_having_been_pending(signals: str, hold: int) -> None:
    debouncer = Debouncer(a_spec(), timing(hold), origin="a/b/c", camera="gate")
    was_pending, last = False, "."
    for number, letter in enumerate(signals):
        alerts = debouncer.push(after(number / 5), [a_signal()] if letter == "#" else [])
        opened = any(alert.rev == 1 for alert in alerts)
        assert not opened or was_pending or hold == 0 or last == "."
        was_pending, last = debouncer.is_pending, letter


def test_the_pipeline_states_after_each_frame_whether_a_decision_is_pending() -> None:
    detector = ScriptedDetector(
        script=lambda at: some_detections(a_box(0.5)) if at >= after(1) else Detections.empty(),
        labels=frozenset({"person"}),
    )
    pipeline = CameraPipeline(
        origin="a/b/c", camera="gate", detector=detector, scenarios=[a_scenario(hold=1)]
    )
    pending = ""
    for number in range(20):
        picture = GreyPicture(Size(640, 360))
        pipeline.push(Frame(camera="gate", at=after(number / 5), picture=picture))
        pending += "!" if pipeline.is_decision_pending else "."

    assert pending == "." * 7 + "!" * 4 + "." * 9
