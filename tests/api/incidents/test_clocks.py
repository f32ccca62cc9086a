"""Properties of the plans: every open state has a clock that never ends in silence."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incidents import clocks
from api.incidents.clocks import PLANS, Clock, ClockAction, NextStep
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level
from tests.api.alerts import NOON

WITHOUT_CLOCK = {
    IncidentState.ARCHIVED,
    IncidentState.EVALUATED,
    IncidentState.REJECTED,
    IncidentState.MERGED,
    IncidentState.CANCELLED,
}
DESK = clocks.desk("510107")
LONGEST_PAUSE = timedelta(hours=72)
states = st.sampled_from(sorted(PLANS))
levels = st.sampled_from(Level)
called_states = st.sampled_from(
    [state for state, plan in PLANS.items() if plan.next_step is not NextStep.ARCHIVE]
)


def started(state: IncidentState, level: Level) -> Clock:
    return clocks.start_clock(state, level, DESK, now=NOON)


def test_every_state_that_is_not_final_has_a_plan() -> None:
    assert set(PLANS) == set(IncidentState) - WITHOUT_CLOCK


@pytest.mark.parametrize("state", sorted(PLANS))
def test_the_actions_of_a_plan_come_one_after_the_other(state: IncidentState) -> None:
    shares = [share for share, _ in PLANS[state].actions]

    assert shares == sorted(set(shares))


@given(states, levels, st.integers(0, 60))
def test_the_next_action_always_comes_later_and_within_a_bounded_time(
    state: IncidentState, level: Level, n_steps: int
) -> None:
    clock = started(state, level)
    for _ in range(n_steps):
        now = clock.next_action_at
        clock = clocks.advance_clock(clock, state, level, now=now)
        assert timedelta(0) < clock.next_action_at - now <= LONGEST_PAUSE


@given(called_states, levels)
def test_a_higher_level_never_has_more_time(state: IncidentState, level: Level) -> None:
    lower = [other for other in Level if other <= level]
    limits = PLANS[state].limits

    assert all(limits[level] <= limits[other] for other in lower)


@given(states, levels, levels, st.timedeltas(timedelta(0), timedelta(days=4)))
def test_a_rise_of_the_level_never_extends_a_clock(
    state: IncidentState, before: Level, after: Level, later: timedelta
) -> None:
    clock = started(state, before)
    shortened = clocks.shorten_clock(clock, state, max(before, after), now=NOON + later)

    assert shortened.due_at <= clock.due_at
    assert shortened.next_action_at <= max(clock.next_action_at, NOON + later)
    assert shortened.responsible == clock.responsible


@given(states, levels, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_stoppage_skips_reminders_alone(
    state: IncidentState, level: Level, later: timedelta
) -> None:
    clock = started(state, level)
    now = clock.next_action_at + later
    resumed = clocks.skip_late_reminders(clock, state, level, now=now)
    skipped = [PLANS[state].action(step) for step in range(clock.step, resumed.step)]

    assert set(skipped) <= {ClockAction.REMIND}
    assert resumed.next_action_at <= now
    assert resumed.due_at == clock.due_at


def test_a_late_reminder_does_not_delay_the_escalation() -> None:
    clock = started(IncidentState.DISPATCHED, Level.MINOR)
    late = clock.due_at - timedelta(minutes=1)

    reminded = clocks.advance_clock(clock, IncidentState.DISPATCHED, Level.MINOR, now=late)

    assert reminded.next_action_at == clock.due_at


@given(levels, st.integers(0, 200))
def test_an_incident_that_nobody_can_take_is_retried_at_least_every_minute(
    level: Level, n_attempts: int
) -> None:
    clock = started(IncidentState.FILED, level)
    for _ in range(n_attempts):
        now = clock.next_action_at
        clock = clocks.retry_dispatch(clock, now=now)
        assert timedelta(0) < clock.next_action_at - now <= clocks.MAX_RETRY_INTERVAL


@given(st.integers(0, 500))
def test_within_twenty_attempts_the_emergency_contact_is_asked_again(first: int) -> None:
    notices = [clocks.notice_of_failed_dispatch(step) for step in range(first, first + 20)]

    assert ClockAction.ALERT_EMERGENCY_CONTACT in notices
