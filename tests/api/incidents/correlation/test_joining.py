from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.score import Decision
from api.incidents.correlation.joining import (
    DONE,
    HELD,
    HELD_FOR,
    REPORTS_AFTER_CLOSING,
    WAITING,
    ArrivingAlert,
    EarlierIncident,
    Joining,
    KeyHolder,
    choose_joining,
    stays_with,
    window_of,
)
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level
from tests.api.alerts import NOON, noon_plus

OPEN_STATES = sorted({*WAITING, *HELD, *DONE, IncidentState.SUSPENDED, IncidentState.STORED})
LIVE = ArrivingAlert(family="crowd", level=Level.MAJOR, observed_at=NOON, decision=Decision.PUSH)
SECONDS = timedelta(seconds=1)
DAYS_LATER = 3 * 24 * 3600


def holder(state: IncidentState, level: Level = Level.MAJOR, *, is_over: bool = True) -> KeyHolder:
    return KeyHolder(state=state, level=level, last_at=NOON, is_over=is_over)


def alert_after(seconds: float, decision: Decision = Decision.PUSH) -> ArrivingAlert:
    return replace(LIVE, observed_at=noon_plus(seconds), decision=decision)


def test_without_a_holder_an_incident_opens() -> None:
    assert choose_joining(LIVE, None) is Joining.OPENS


@pytest.mark.parametrize(
    ("state", "after_s", "expected"),
    [
        ("new", 600, Joining.JOINS),
        ("new", 601, Joining.REPEATS_CALL),
        ("new", DAYS_LATER, Joining.REPLACES),
        ("filed", 7200, Joining.REPEATS_CALL),
        ("dispatched", 7201, Joining.REPLACES),
        ("stored", 600, Joining.JOINS),
        ("stored", 601, Joining.RECURS),
        ("accepted", 7200, Joining.JOINS),
        ("handling", 7200, Joining.JOINS),
        ("handling", DAYS_LATER, Joining.RECURS),
        ("feedback", 5, Joining.RECURS),
        ("verifying", DAYS_LATER, Joining.RECURS),
        ("suspended", DAYS_LATER, Joining.JOINS),
    ],
)
def test_a_live_alert_joins_or_recurs_by_state_and_gap(
    state: str, after_s: float, expected: Joining
) -> None:
    assert choose_joining(alert_after(after_s), holder(IncidentState(state))) is expected


def test_a_higher_level_is_news_for_a_suspended_incident() -> None:
    worse = replace(LIVE, level=Level.CRITICAL)

    assert choose_joining(worse, holder(IncidentState.SUSPENDED)) is Joining.RECURS


def test_an_episode_that_goes_on_is_near_until_it_has_been_silent_for_an_hour() -> None:
    going_on = holder(IncidentState.STORED, is_over=False)

    assert choose_joining(alert_after(3600), going_on) is Joining.JOINS
    assert choose_joining(alert_after(3601), going_on) is Joining.RECURS


@pytest.mark.parametrize("state", OPEN_STATES)
@pytest.mark.parametrize("decision", [Decision.LATE, Decision.STORE])
@pytest.mark.parametrize("after_s", [-DAYS_LATER, 5, DAYS_LATER])
def test_what_calls_nobody_opens_nothing_that_waits(
    state: IncidentState, decision: Decision, after_s: float
) -> None:
    joining = choose_joining(alert_after(after_s, decision), holder(state))

    is_old_sample = state is IncidentState.STORED and after_s == DAYS_LATER
    assert joining is (Joining.RECURS if is_old_sample else Joining.JOINS)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_a_member_stays_with_its_incident(state: IncidentState) -> None:
    member = replace(alert_after(DAYS_LATER), is_member=True)

    assert choose_joining(member, holder(state)) is Joining.JOINS


def test_slow_families_have_a_longer_window() -> None:
    assert window_of("parking") > window_of("crowd") == window_of("my_own_rule")


@pytest.mark.parametrize(
    ("state", "closed_s", "level", "expected"),
    [
        (IncidentState.REJECTED, -DAYS_LATER, Level.MAJOR, True),
        (IncidentState.REJECTED, -5, Level.CRITICAL, False),
        (IncidentState.CLOSED, -5, Level.MAJOR, True),
        (IncidentState.CLOSED, -REPORTS_AFTER_CLOSING.total_seconds(), Level.MAJOR, False),
        (IncidentState.CLOSED, -5, Level.CRITICAL, False),
        (IncidentState.ARCHIVED, -DAYS_LATER, Level.MAJOR, False),
        (IncidentState.HANDLING, None, Level.MAJOR, True),
    ],
)
def test_a_closed_matter_that_is_still_reported_comes_back(
    *, state: IncidentState, closed_s: float | None, level: Level, expected: bool
) -> None:
    closed_at = None if closed_s is None else noon_plus(closed_s)
    earlier = EarlierIncident(state=state, closed_at=closed_at)

    assert stays_with(earlier, replace(LIVE, level=level), Level.MAJOR) == expected


def test_the_end_of_an_episode_does_not_bring_back_a_closed_incident() -> None:
    earlier = EarlierIncident(state=IncidentState.CLOSED, closed_at=noon_plus(-3600))

    assert stays_with(earlier, replace(LIVE, is_end=True), LIVE.level)
    assert not stays_with(earlier, replace(LIVE, is_end=True), Level.MINOR)  # the level has risen


@dataclass
class Centre:
    """One key of a centre in which people do at any time what they may."""

    holder: KeyHolder | None = None
    rows: int = 0
    calls: list[datetime] = field(default_factory=list)

    def receive(self, alert: ArrivingAlert) -> Joining:
        joining = choose_joining(alert, self.holder)
        if joining in {Joining.OPENS, Joining.RECURS, Joining.REPLACES} or self.holder is None:
            self.holder = self._opened(alert)
            return joining
        if self.holder.state is IncidentState.STORED and alert.calls_somebody:
            self._call(alert)  # decided anew
            self.holder = replace(self.holder, state=IncidentState.FILED)
        if joining is Joining.REPEATS_CALL:
            self._call(alert)
        last_at = max(self.holder.last_at, alert.observed_at)
        self.holder = replace(
            self.holder, last_at=last_at, level=max(self.holder.level, alert.level)
        )
        return joining

    def _opened(self, alert: ArrivingAlert) -> KeyHolder:
        if alert.calls_somebody:
            self.rows += 1
            self._call(alert)
        state = IncidentState.FILED if alert.calls_somebody else IncidentState.STORED
        return KeyHolder(state=state, level=alert.level, last_at=alert.observed_at, is_over=True)

    def _call(self, alert: ArrivingAlert) -> None:
        self.calls.append(alert.observed_at)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 4 * 3600),
        st.sampled_from([Decision.PUSH, Decision.REVIEW, Decision.STORE, Decision.LATE]),
        st.sampled_from(Level),
        st.sampled_from([None, None, *OPEN_STATES, IncidentState.CLOSED]),
    ),
    max_size=30,
)


def played(
    steps: list[tuple[int, Decision, Level, IncidentState | None]], centre: Centre
) -> Iterator[tuple[ArrivingAlert, KeyHolder | None, Joining]]:
    """Let alerts arrive, and between them people move the incident to any state."""
    at = NOON
    for wait_s, decision, level, state in steps:
        if centre.holder is not None and state is not None:
            is_open = state is not IncidentState.CLOSED
            centre.holder = replace(centre.holder, state=state) if is_open else None
        at += wait_s * SECONDS
        alert = replace(LIVE, observed_at=at, decision=decision, level=level)
        before = centre.holder
        yield alert, before, centre.receive(alert)


@given(STEPS)
def test_every_live_alert_worth_a_call_is_called_or_a_person_holds_the_matter(
    steps: list[tuple[int, Decision, Level, IncidentState | None]],
) -> None:
    centre = Centre()
    for alert, before, joining in played(steps, centre):
        if not alert.calls_somebody:
            continue
        is_called = centre.calls[-1:] == [alert.observed_at]
        is_held = before is not None and before.state in {*HELD, IncidentState.SUSPENDED}
        is_being_called = (
            before is not None
            and before.state in WAITING
            and alert.observed_at - before.last_at <= window_of(alert.family)
        )
        assert is_called or (joining is Joining.JOINS and (is_held or is_being_called))
        if is_held and before is not None and before.state in HELD and not is_called:
            assert alert.observed_at - before.last_at <= HELD_FOR


@given(st.lists(st.integers(0, 600), min_size=1, max_size=60))
def test_alerts_that_follow_each_other_within_the_window_are_one_row_and_one_call(
    waits_s: list[int],
) -> None:
    centre = Centre()
    for _ in played([(wait_s, Decision.PUSH, Level.MAJOR, None) for wait_s in waits_s], centre):
        pass

    assert (centre.rows, len(centre.calls)) == (1, 1)


@given(STEPS)
def test_a_key_has_at_most_one_incident_that_waits(
    steps: list[tuple[int, Decision, Level, IncidentState | None]],
) -> None:
    for _, before, joining in played(steps, Centre()):
        if before is not None and before.state in WAITING:
            assert joining is not Joining.RECURS
