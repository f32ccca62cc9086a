"""Decisions of the clock engine, on all states, levels and rosters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.areas.hierarchy import AreaLevel, AreaSummary
from api.dispatch.decisions import decide_step
from api.dispatch.model import DueIncident, EngineStep, OpenOrder, PeopleOfArea
from api.incidents import clocks
from api.incidents.clocks import PLANS, ClockAction, NextStep
from api.incidents.lifecycle import IncidentState
from api.roster.model import Shift
from api.roster.on_duty import EscalationLevel
from pipeline.signal import Level

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MICRO_GRID = "510107001002003001"
CODES = {
    1: (MICRO_GRID, AreaLevel.MICRO_GRID),
    2: (MICRO_GRID[:15], AreaLevel.GRID),
    4: (MICRO_GRID[:9], AreaLevel.STREET),
    5: (MICRO_GRID[:6], AreaLevel.DISTRICT),
}
WITH_ORDER = {
    IncidentState.DISPATCHED,
    IncidentState.ACCEPTED,
    IncidentState.HANDLING,
    IncidentState.FEEDBACK,
    IncidentState.VERIFYING,
}

accounts = st.lists(st.integers(1, 30), max_size=3).map(lambda ids: tuple(sorted(set(ids))))
rosters = st.fixed_dictionaries(dict.fromkeys(CODES, accounts))
people = st.builds(
    lambda roster, operators, supervisors, contacts: PeopleOfArea(
        levels=tuple(level(number, roster[number]) for number in CODES),
        operators=operators,
        supervisors=supervisors,
        emergency_contacts=contacts,
    ),
    rosters,
    accounts,
    accounts,
    accounts,
)
levels = st.sampled_from(Level)
states = st.sampled_from(sorted(PLANS))


def level(number: int, on_duty: tuple[int, ...]) -> EscalationLevel:
    code, area_level = CODES[number]
    shifts = tuple(
        Shift(
            id=UUID(int=account),
            account=account,
            name=f"worker-{account}",
            area_code=code,
            source="rule",
            starts_at=NOON - timedelta(hours=4),
            ends_at=NOON + timedelta(hours=4),
        )
        for account in on_duty
    )
    area = AreaSummary(code=code, name=code, level=area_level)
    return EscalationLevel(number, area, shifts)


def due_incident(
    state: IncidentState, level: Level, *, step: int = 0, area: str | None = MICRO_GRID
) -> DueIncident:
    """Return an incident at a step of its clock, which is due at noon."""
    responsible = clocks.desk(area)
    if state in {IncidentState.ACCEPTED, IncidentState.HANDLING}:
        responsible = clocks.person(7, area)
    elif state is IncidentState.DISPATCHED:
        responsible = clocks.post(MICRO_GRID)
    clock = clocks.start_clock(state, level, responsible, now=NOON)
    order = OpenOrder(id=UUID(int=2), area_code=MICRO_GRID, escalation_level=1, rounds=0)
    return DueIncident(
        id=UUID(int=1),
        state=state,
        level=level,
        version=3,
        area_code=area,
        clock=replace(clock, step=step, next_action_at=NOON),
        order=order if state in WITH_ORDER else None,
        previous_state=IncidentState.NEW if state is IncidentState.SUSPENDED else None,
    )


def has_anybody(asked: PeopleOfArea) -> bool:
    return bool(asked.operators or asked.supervisors or asked.emergency_contacts)


def notifies(step: EngineStep) -> bool:
    return bool(step.notification_key and step.accounts)


@given(states, levels, people, st.integers(0, 40))
def test_after_a_step_the_incident_has_a_clock_that_acts_later_or_is_final(
    state: IncidentState, level: Level, asked: PeopleOfArea, step: int
) -> None:
    decided = decide_step(due_incident(state, level, step=step), asked, now=NOON)

    if decided.clock is None:
        assert decided.state is IncidentState.ARCHIVED
    else:
        is_filed = decided.state is IncidentState.FILED
        assert decided.clock.next_action_at > NOON or is_filed


@given(states, levels, people, st.integers(0, 40))
def test_whoever_is_to_be_notified_exists_if_anybody_does(
    state: IncidentState, level: Level, asked: PeopleOfArea, step: int
) -> None:
    decided = decide_step(due_incident(state, level, step=step), asked, now=NOON)

    if decided.notification_key and has_anybody(asked):
        assert decided.accounts


@given(states, levels, people)
def test_until_a_person_acts_somebody_is_notified_again_within_a_bounded_time(
    state: IncidentState, level: Level, asked: PeopleOfArea
) -> None:
    if not has_anybody(asked) or PLANS[state].next_step in {NextStep.ARCHIVE, NextStep.RESUME}:
        return
    due, now, last = due_incident(state, level), NOON, NOON
    for _ in range(60):
        decided = decide_step(due, asked, now=now)
        if decided.state not in {None, due.state}:
            return  # another state, whose own clock goes on
        assert decided.clock is not None
        if notifies(decided):
            last = now
        assert now - last <= timedelta(hours=72)
        due = replace(due, clock=decided.clock)
        now = decided.clock.next_action_at


@given(levels, people)
def test_a_filed_incident_is_dispatched_to_the_first_level_with_somebody_on_duty(
    level: Level, asked: PeopleOfArea
) -> None:
    decided = decide_step(due_incident(IncidentState.FILED, level), asked, now=NOON)
    on_duty = [item for item in asked.levels if item.on_duty]

    if on_duty:
        assert decided.state is IncidentState.DISPATCHED
        assert decided.escalation_level == on_duty[0].number
    else:
        assert decided.state is None
        assert decided.action == "nobody_on_duty"


def test_without_a_next_level_the_district_is_alerted_at_once() -> None:
    asked = PeopleOfArea(levels=(level(1, (3,)),), supervisors=(9,))
    decided = decide_step(
        due_incident(IncidentState.DISPATCHED, Level.MAJOR, step=1), asked, now=NOON
    )

    assert decided.action is ClockAction.ALERT_DISTRICT
    assert decided.accounts == (3, 9)


def test_an_unreviewed_incident_rises_from_the_desk_to_the_emergency_contact() -> None:
    asked = PeopleOfArea(
        levels=(level(4, (4,)), level(5, (5,))),
        operators=(1,),
        supervisors=(2,),
        emergency_contacts=(8,),
    )
    due, now, notified = due_incident(IncidentState.NEW, Level.CRITICAL), NOON, []
    for _ in range(5):
        decided = decide_step(due, asked, now=now)
        assert decided.clock is not None
        notified.append(decided.accounts)
        due, now = replace(due, clock=decided.clock), decided.clock.next_action_at

    assert notified == [(1,), (1, 4), (2, 4, 5), (1, 2, 4, 5, 8), (1, 2, 4, 5, 8)]


def test_overdue_reviews_of_one_desk_and_level_share_a_reminder() -> None:
    asked = PeopleOfArea(operators=(1,))
    first = due_incident(IncidentState.NEW, Level.MAJOR)
    second = replace(first, id=UUID(int=5))
    keys = {decide_step(due, asked, now=NOON).notification_key for due in (first, second)}

    assert len(keys) == 1
