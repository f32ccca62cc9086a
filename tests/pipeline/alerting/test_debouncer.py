"""Debouncer stories, one character per second, and properties of all of them."""

import re
from datetime import timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alert import Alert, Change, CloseReason
from pipeline.alerting.debouncer import Debouncer
from pipeline.alerting.episode import ZERO, AlertTiming, HoldWindow
from pipeline.errors import ClockWentBackError
from pipeline.signal import Level
from tests.pipeline.builders import a_signal, a_spec, after

TIMING = AlertTiming(
    hold=timedelta(seconds=10),
    clear=timedelta(seconds=20),
    max_unseen=timedelta(seconds=3),
    lost_after=timedelta(minutes=5),
)
LEVELS = {"#": Level.MAJOR, "!": Level.CRITICAL}
TIMELINES = st.text("#!.~", max_size=60)


def a_debouncer(timing: AlertTiming = TIMING) -> Debouncer:
    return Debouncer(a_spec(), timing, origin="demo/market/box-1", camera="gate")


def play(timeline: str, *, timing: AlertTiming = TIMING, begin: int = 0) -> list[tuple[int, Alert]]:
    """Play one character a second, from second 1.

    ``#`` is a signal, ``!`` a critical one, ``.`` none, and ``~`` a stream gap.
    """
    debouncer, second = a_debouncer(timing), begin
    debouncer.push(after(second), [])
    alerts_by_second: list[tuple[int, Alert]] = []
    for sign, run in groupby(timeline):
        length = len(list(run))
        if sign == "~":
            alerts = debouncer.record_gap(after(second), after(second + length))
            second += length
            alerts_by_second += [(second - begin, alert) for alert in alerts]
            continue
        for _ in range(length):
            second += 1
            signals = [a_signal(level=LEVELS[sign])] if sign in LEVELS else []
            alerts_by_second += [
                (second - begin, alert) for alert in debouncer.push(after(second), signals)
            ]
    return alerts_by_second


def story(timeline: str, *, timing: AlertTiming = TIMING) -> str:
    return ", ".join(f"{second} {alert.change}" for second, alert in play(timeline, timing=timing))


STORIES = {
    "nothing": ("." * 40, ""),
    "seen all the time": ("#" * 30, "10 opened"),
    "seen two thirds of the time": ("##.##.##.##.", "10 opened"),
    "seen half of the time": ("#." * 20, ""),
    "a long unseen stretch starts over": ("#####....#######", ""),
    "worsens": ("#" * 10 + "!" * 10, "10 opened, 20 updated"),
    "one bad second promotes nothing": ("#" * 15 + "!" + "#" * 15, "10 opened"),
    "a bad stretch that pauses starts over": ("#" * 10 + "!!!!!####!!!!!!", "10 opened"),
    "bad from the beginning opens at once as bad": ("!" * 20, "10 opened"),
    "a level never falls": ("!" * 12 + "#" * 40, "10 opened"),
    "clears": ("#" * 10 + "." * 20, "10 opened, 30 closed"),
    "flickers on": ("#" * 10 + ("." * 19 + "#") * 5, "10 opened"),
    "comes again": ("#" * 10 + "." * 20 + "#" * 10, "10 opened, 30 closed, 40 opened"),
    "a gap does not hold": ("#####" + "~" * 60 + "#####", "70 opened"),
    "a gap does not clear": ("#" * 10 + "~" * 60 + "....", "10 opened"),
    "the camera is lost": ("#" * 10 + "~" * 300, "10 opened, 310 closed"),
    "the camera stays away": ("#" * 10 + "~" * 400, "10 opened, 410 closed"),
    "away twice, never for long": ("#" * 10 + ("~" * 200 + "#") * 2, "10 opened"),
    "lost, then back": ("#" * 10 + "~" * 300 + "#" * 10, "10 opened, 310 closed, 320 opened"),
}


@pytest.mark.parametrize(("timeline", "expected"), STORIES.values(), ids=STORIES.keys())
def test_story(timeline: str, expected: str) -> None:
    assert story(timeline) == expected


def test_a_snapshot_candidate_is_of_an_open_alert_in_the_last_frame() -> None:
    debouncer = a_debouncer()
    alerts: list[Alert] = []
    for second in range(11):
        alerts += debouncer.push(after(second), [a_signal(level=Level.MAJOR)])
        open_alerts = [each for each in debouncer.snapshot_candidates() if each.alert_id]
        assert len(open_alerts) == len(alerts)

    debouncer.push(after(11), [a_signal(level=Level.CRITICAL, score=0.5)])
    [snapshot] = debouncer.snapshot_candidates()
    assert (snapshot.alert_id, snapshot.level, snapshot.score) == (
        alerts[0].id,
        Level.CRITICAL,
        0.5,
    )
    debouncer.push(after(12), [])
    assert debouncer.snapshot_candidates() == []


def test_a_count_flickering_for_ten_minutes_is_one_alert() -> None:
    assert story("##.#..#.##" * 60) == "10 opened"


def test_an_open_alert_reports_at_intervals() -> None:
    timing = AlertTiming(
        hold=timedelta(seconds=2), clear=timedelta(seconds=9), report_every=timedelta(seconds=5)
    )

    assert story("#" * 14 + ".", timing=timing) == "2 opened, 7 updated, 12 updated"


def test_a_promotion_restarts_the_report_interval() -> None:
    timing = AlertTiming(
        hold=timedelta(seconds=2), clear=timedelta(seconds=9), report_every=timedelta(seconds=5)
    )

    assert story("####" + "!" * 8, timing=timing) == "2 opened, 6 updated, 11 updated"


def test_a_report_waits_until_there_is_something_to_see() -> None:
    timing = AlertTiming(
        hold=timedelta(seconds=2), clear=timedelta(seconds=9), report_every=timedelta(seconds=5)
    )

    assert story("##" + "." * 6 + "#", timing=timing) == "2 opened, 9 updated"


def test_a_closed_alert_has_reason_and_time() -> None:
    *_, (_, last) = play("#" * 10 + "." * 20)

    assert (last.close_reason, last.closed_at, last.rev) == (CloseReason.CLEARED, after(30), 2)


def test_each_revision_carries_the_whole_state() -> None:
    [(_, opened), (_, worse), (_, closed)] = play("#" * 10 + "!" * 10 + "." * 20)

    assert {opened.id, worse.id, closed.id} == {opened.id}
    assert all(alert.boxes for alert in (opened, worse, closed))
    assert [alert.explain[-1].name for alert in (opened, worse, closed)] == ["hold"] * 3
    assert (opened.level, worse.level, closed.level) == ("major", "critical", "critical")


def test_the_message_is_filled_from_the_measures() -> None:
    [(_, opened)] = play("#" * 10)

    assert opened.message.en == "8 people"
    assert (opened.measures["people"], opened.measures["held_s"]) == (8, 10)


def test_an_old_flicker_is_not_part_of_the_episode() -> None:
    [(second, opened)] = play("#" + "." * 30 + "#" * 10)

    assert (second, opened.measures["held_s"]) == (41, 10)


def test_a_gap_begins_at_the_last_frame_however_late_it_is_recorded() -> None:
    debouncer = a_debouncer(AlertTiming(hold=ZERO, clear=timedelta(seconds=20)))
    debouncer.push(after(10), [a_signal()])

    assert debouncer.record_gap(after(500), after(600)) == []
    assert debouncer.push(after(601), []) == []
    assert debouncer.record_gap(after(700), after(1200)) == []
    assert len(debouncer.record_gap(after(1200), after(1201))) == 1


def test_frames_of_uneven_length_count_for_what_lies_in_the_window() -> None:
    hold = HoldWindow(timedelta(), timedelta(seconds=10))
    hold.add(timedelta(seconds=4), timedelta(seconds=4), 0.5)
    hold.add(timedelta(seconds=12), timedelta(seconds=1), 0.9)

    assert hold.share() == pytest.approx(0.3)
    assert hold.score() == pytest.approx(0.7)


def test_a_single_high_score_does_not_count() -> None:
    debouncer = a_debouncer()
    debouncer.push(after(0), [])
    for second in range(1, 10):
        debouncer.push(after(second), [a_signal(score=0.5)])
    [opened] = debouncer.push(after(10), [a_signal(score=0.99)])

    assert opened.score == 0.5


def test_close_alerts_closes_every_open_alert_and_nothing_else() -> None:
    debouncer = a_debouncer(AlertTiming(hold=ZERO, clear=timedelta(seconds=5)))
    debouncer.push(after(0), [a_signal(zone="b"), a_signal(zone="a")])

    closed = debouncer.close_alerts(after(1), CloseReason.SOURCE_ENDED)

    assert [(a.zone, a.close_reason) for a in closed] == [
        ("a", "source_ended"),
        ("b", "source_ended"),
    ]
    assert debouncer.close_alerts(after(2), CloseReason.SOURCE_ENDED) == []


def test_a_frame_from_the_past_is_refused_and_changes_nothing() -> None:
    debouncer, twin = a_debouncer(), a_debouncer()
    for each in (debouncer, twin):
        for second in range(10):
            each.push(after(second), [a_signal()])

    with pytest.raises(ClockWentBackError, match="before the last frame or gap"):
        debouncer.push(after(5), [a_signal()])
    with pytest.raises(ClockWentBackError):
        debouncer.record_gap(after(5), after(700))

    assert debouncer.push(after(10), [a_signal()]) == twin.push(after(10), [a_signal()])


@given(timeline=TIMELINES)
def test_opened_updated_closed_in_that_order_and_numbered(timeline: str) -> None:
    changes = "".join(f"{alert.rev}{alert.change[0]} " for _, alert in play(timeline))

    assert re.fullmatch(r"(1o (2u 3c |2c ))*(1o (2u )?)?", changes)


@given(before=TIMELINES, after_it=TIMELINES, length=st.integers(1, 30))
def test_a_gap_never_resolves_it_only_delays(before: str, after_it: str, length: int) -> None:
    timeline, with_gap = before + after_it, before + "~" * length + after_it

    assert [a.change for _, a in play(with_gap)] == [a.change for _, a in play(timeline)]


@given(timeline=TIMELINES, shift=st.integers(1, 10**6))
def test_shifted_frames_give_shifted_alerts(timeline: str, shift: int) -> None:
    def gist(begin: int) -> list[tuple[object, ...]]:
        return [
            (second, a.rev, a.change, a.level, a.score, a.measures, a.boxes)
            for second, a in play(timeline, begin=begin)
        ]

    assert gist(shift) == gist(0)


@given(timeline=TIMELINES)
def test_equal_frames_give_equal_alerts_and_ids(timeline: str) -> None:
    assert play(timeline) == play(timeline)


@given(timeline=TIMELINES)
def test_an_alert_is_over_only_after_it_was_gone_as_long_as_asked(timeline: str) -> None:
    for second, alert in play(timeline):
        if alert.change is Change.CLOSED:
            observed = timeline[:second].replace("~", "")
            assert observed.endswith("." * 20)


FRAMES = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(Level)), st.floats(0, 1))),
    max_size=30,
)


@given(frames=FRAMES)
def test_the_order_within_a_frame_is_irrelevant(
    frames: list[list[tuple[str, Level, float]]],
) -> None:
    timing = AlertTiming(hold=timedelta(seconds=3), clear=timedelta(seconds=5))
    one, other = a_debouncer(timing), a_debouncer(timing)
    for second, frame in enumerate(frames):
        signals = [a_signal(zone=zone, level=level, score=s) for zone, level, s in frame]

        assert one.push(after(second), signals) == other.push(after(second), signals[::-1])
