"""When a scenario can open an alert at the earliest."""

from datetime import timedelta

from pipeline.pixels.learning import learning_time
from pipeline.rules.scenario import Scenario


def earliest_alert(scenario: Scenario, *, is_scene_known: bool = False) -> timedelta:
    """Return how long after the first frame an alert can open at the earliest.

    Args:
        scenario: As its site has configured it.
        is_scene_known: Whether the scene was saved by an earlier run.
    """
    learning = learning_time(scenario.spec.capabilities, is_scene_known=is_scene_known)
    return learning + scenario.timing.hold
