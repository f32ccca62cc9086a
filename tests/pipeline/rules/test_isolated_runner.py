"""A rule that fails is switched off alone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.alert import Alert, CloseReason
from pipeline.camera import CameraPipeline
from pipeline.frame import Frame, Size
from pipeline.rules.scenario import Scenario
from pipeline.scene.scene import Scene
from pipeline.signal import Signal
from pipeline.testing import GreyPicture, ScriptedDetector
from tests.pipeline.builders import a_box, after, some_detections
from tests.pipeline.rules.test_scenario_runner import a_scenario


def failing(scenario: Scenario, *, from_s: float) -> Scenario:
    """Return a scenario whose rule fails from then on."""

    def rule(scene: Scene) -> Iterator[Signal]:
        if scene.at >= after(from_s):
            raise ZeroDivisionError("division by zero")
        return iter(scenario.rule(scene))

    return replace(scenario, spec=replace(scenario.spec, key="broken"), rule=rule)


def play(*, isolates_rules: bool) -> tuple[CameraPipeline, list[Alert]]:
    detector = ScriptedDetector(
        script=lambda _: some_detections(a_box(0.5)), labels=frozenset({"person"})
    )
    healthy = a_scenario(hold=1)
    pipeline = CameraPipeline(
        origin="a/b/c",
        camera="gate",
        detector=detector,
        scenarios=[failing(healthy, from_s=2), healthy],
        isolates_rules=isolates_rules,
    )
    alerts: list[Alert] = []
    for number in range(20):
        picture = GreyPicture(Size(640, 360))
        alerts += pipeline.push(Frame(camera="gate", at=after(number / 5), picture=picture))
    return pipeline, alerts


def test_its_alert_is_closed_and_the_others_go_on() -> None:
    pipeline, alerts = play(isolates_rules=True)

    broken = [alert for alert in alerts if alert.scenario == "broken"]
    others = [alert for alert in alerts if alert.scenario != "broken"]
    assert broken[-1].close_reason is CloseReason.SOURCE_LOST
    assert [alert.close_reason for alert in others] == [None] * len(others) != []
    assert pipeline.failures == ["scenario broken stopped: ZeroDivisionError: division by zero"]


def test_without_isolation_the_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        play(isolates_rules=False)
