"""The status of an episode before and after its alert opens."""

from datetime import timedelta

from pipeline.alerting.debouncer import Debouncer
from pipeline.alerting.episode import AlertTiming
from pipeline.signal import Level
from tests.pipeline.builders import a_signal, a_spec, after

TIMING = AlertTiming(hold=timedelta(seconds=10), clear=timedelta(seconds=20))


def debouncer_after(timeline: str) -> Debouncer:
    """A second a character, from second 1; ``#`` is seen."""
    debouncer = Debouncer(a_spec(), TIMING, origin="demo/market/box-1", camera="gate")
    debouncer.push(after(0), [])
    for second, sign in enumerate(timeline, start=1):
        debouncer.push(after(second), [a_signal()] if sign == "#" else [])
    return debouncer


def test_a_pending_episode_reports_its_progress() -> None:
    [standing] = debouncer_after("###.##").episodes()

    assert (standing.scenario, standing.zone, standing.subject) == ("crowd", "square", None)
    assert standing.level is Level.MAJOR
    assert standing.held_for == timedelta(seconds=6)
    assert standing.seen_share == 0.5
    assert standing.alert is None


def test_an_open_alert_reports_how_long_it_was_unseen() -> None:
    [standing] = debouncer_after("#" * 10 + "....").episodes()

    assert standing.alert is not None
    assert standing.unseen_for == timedelta(seconds=4)


def test_a_cleared_episode_has_no_status() -> None:
    assert debouncer_after("#" * 10 + "." * 20).episodes() == []
