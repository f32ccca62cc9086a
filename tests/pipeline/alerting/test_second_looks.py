"""What second looks do to an alert: its score, its explanation, and whether it opens."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pipeline.alert import Alert
from pipeline.alerting.debouncer import Debouncer
from pipeline.alerting.episode import STRONG_SCORE, AlertTiming
from pipeline.second_look.look_result import LookEffect, LookResult
from pipeline.signal import Signal
from tests.pipeline.builders import a_signal, a_spec, after

FOUND = LookResult(score=0.9, zoom=2.0, confirms=True, contradicts=False)
UNSURE = LookResult(score=0.3, zoom=2.0, confirms=False, contradicts=False)
ABSENT = LookResult(score=0.0, zoom=2.0, confirms=False, contradicts=True)


class ScriptedLooks:
    """Gives one result after the other, and the last again and again."""

    def __init__(self, *results: LookResult | None) -> None:
        self.results = list(results)
        self.count = 0

    def __call__(self, _: Signal) -> LookResult | None:
        self.count += 1
        return self.results[min(self.count, len(self.results)) - 1]


def play(
    looks: ScriptedLooks,
    *,
    score: float = 0.4,
    hold: float = 2,
    effect: LookEffect = LookEffect.MAY_WITHHOLD,
) -> Iterator[tuple[float, Alert]]:
    timing = AlertTiming(hold=timedelta(seconds=hold), clear=timedelta(seconds=5))
    debouncer = Debouncer(a_spec(), timing, origin="a/b/c", camera="gate", look_effect=effect)
    for number in range(100):
        for alert in debouncer.push(after(number / 5), [a_signal(score=score)], looks):
            yield number / 5, alert


def first(
    looks: ScriptedLooks, *, hold: float = 2, effect: LookEffect = LookEffect.MAY_WITHHOLD
) -> tuple[float, Alert]:
    return next(play(looks, hold=hold, effect=effect))


def test_a_look_never_delays_an_alert_that_it_does_not_contradict() -> None:
    without, _ = first(ScriptedLooks(None))

    assert [first(ScriptedLooks(each))[0] for each in (FOUND, UNSURE)] == [without, without]


def test_looks_raise_or_lower_the_score_and_are_explained() -> None:
    _, raised = first(ScriptedLooks(FOUND))
    _, lowered = first(ScriptedLooks(UNSURE))

    assert raised.score == pytest.approx(0.65)
    assert lowered.score == pytest.approx(0.35)
    step = raised.explain[-1]
    assert (step.name, step.value_in, step.value_out) == ("second_look", 3, 3)
    assert step.reason == "zoom=2 score_before=0.4 score_after=0.65"


def test_several_looks_that_find_nothing_keep_an_alert_from_opening() -> None:
    looks = ScriptedLooks(ABSENT)

    assert not list(play(looks))
    assert looks.count < 10, "looked at again every five seconds"


def test_where_a_person_may_die_they_only_lower_the_score() -> None:
    opened_at, alert = first(ScriptedLooks(ABSENT), effect=LookEffect.SCORE_ONLY)

    assert opened_at == first(ScriptedLooks(None))[0]
    assert alert.score == pytest.approx(0.2)


def test_one_look_that_finds_nothing_keeps_nothing_from_opening() -> None:
    assert first(ScriptedLooks(ABSENT, UNSURE))[0] == first(ScriptedLooks(None))[0]


def test_an_alert_opens_as_soon_as_a_later_look_finds_the_object() -> None:
    opened_at, _ = first(ScriptedLooks(ABSENT, ABSENT, ABSENT, FOUND))

    assert 5 <= opened_at <= 8


def test_a_scenario_without_hold_is_never_delayed() -> None:
    without, _ = first(ScriptedLooks(None), hold=0)

    assert first(ScriptedLooks(ABSENT), hold=0)[0] == without


def test_a_look_alike_opens_only_after_most_looks_confirm_it() -> None:
    without, _ = first(ScriptedLooks(None))

    assert first(ScriptedLooks(FOUND, UNSURE, FOUND), effect=LookEffect.MUST_CONFIRM)[0] == without
    assert first(ScriptedLooks(None), effect=LookEffect.MUST_CONFIRM)[0] == without
    assert not list(play(ScriptedLooks(UNSURE), effect=LookEffect.MUST_CONFIRM))
    late, _ = first(ScriptedLooks(UNSURE, UNSURE, FOUND, FOUND), effect=LookEffect.MUST_CONFIRM)
    assert late > without


def test_strong_evidence_and_open_alerts_get_no_look() -> None:
    strong, weak = ScriptedLooks(FOUND), ScriptedLooks(FOUND)

    list(play(strong, score=STRONG_SCORE))
    list(play(weak))

    assert (strong.count, weak.count) == (0, 3)
