"""The clocks of an incident: who is responsible in each state, until when, and what follows. Pure.

A state starts a clock. Its responsible party has to act until ``due_at``; at ``next_action_at`` the
clock engine (``dispatch.clock_engine``) takes the next action of the state's plan: it reminds,
asks a higher post, and at last the emergency contact. The last action of a plan is repeated at
bounded intervals until a person acts, so no state ends in silence.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level

MINUTES_PER_HOUR = 60

RETRY_DISPATCH_AFTER = timedelta(seconds=10)
"""First pause before an incident is tried again that nobody could be notified of."""
MAX_RETRY_INTERVAL = timedelta(minutes=1)
"""A shift that begins is used at most this much later."""
DISTRICT_AFTER_ATTEMPTS = 3
EMERGENCY_AFTER_ATTEMPTS = 5
EMERGENCY_EVERY_ATTEMPTS = 15
"""Attempts are a minute apart by then."""


class ResponsibleKind(StrEnum):
    """The kinds of responsible party; stored and shown under this name."""

    PERSON = "person"
    POST = "post"
    """Everybody on duty in an area."""
    DESK = "desk"
    """The operators of an area."""


class NextStep(StrEnum):
    """What the responsible party has to do; stored and shown under this name."""

    REVIEW = "review"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    ARRIVE = "arrive"
    REPORT = "report"
    VERIFY = "verify"
    ARCHIVE = "archive"
    RESUME = "resume"


class ClockAction(StrEnum):
    """What the clock engine does at ``next_action_at``; the name goes to the audit log."""

    DISPATCH = "dispatch"
    """Create a work order for who is on duty."""
    REMIND = "remind"
    """Notify the responsible party again."""
    ESCALATE = "escalate"
    """Notify the next level of those on duty, with a new deadline; above the last one, go on."""
    ALERT_STREET = "alert_street"
    """Notify the duty officer of the street."""
    ALERT_DISTRICT = "alert_district"
    """Notify the duty officer of the district."""
    ALERT_EMERGENCY_CONTACT = "alert_emergency_contact"
    """Notify the emergency contact and everybody who was asked before."""
    EXPIRE = "expire"
    """Return the work order: the next level is notified."""
    ARCHIVE = "archive"
    RESUME = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """Who has to act.

    Args:
        account: Only of a person.
        area: Of a post or desk; ``None`` is the whole city.
    """

    kind: ResponsibleKind
    account: int | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The running clock of an open incident, which its open work order shares.

    Args:
        due_at: When the responsible party must have acted.
        next_action_at: When the clock engine acts.
        step: How many actions of the plan have been taken.
    """

    responsible: Responsible
    next_step: NextStep
    due_at: datetime
    next_action_at: datetime
    step: int = 0


Limits = dict[Level, timedelta]


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in one state.

    Args:
        limits: How long the responsible party has, by level.
        actions: What the engine does, each at a multiple of the limit after the start.
        max_interval: Longest pause between repetitions of the last action, by level.
    """

    next_step: NextStep
    limits: Limits
    actions: tuple[tuple[float, ClockAction], ...]
    max_interval: Limits

    def action(self, step: int) -> ClockAction:
        """Return the action of a step; the last one is repeated."""
        return self.actions[min(step, len(self.actions) - 1)][1]

    def pause_before(self, step: int, level: Level) -> timedelta:
        """Return how long after the action before it, or after the start, a step comes."""
        limit = self.limits[level]
        if step == 0:
            return limit * self.actions[0][0]
        if step < len(self.actions):
            return limit * (self.actions[step][0] - self.actions[step - 1][0])
        repetition = step - len(self.actions) + 1
        pause: timedelta = limit * 2 ** min(repetition - 1, 10)
        return min(pause, max(self.max_interval[level], timedelta(minutes=1)))


def _minutes(critical: float, major: float, minor: float) -> Limits:
    """Return limits in minutes; ``info`` has the limit of ``minor``."""
    return {
        Level.CRITICAL: timedelta(minutes=critical),
        Level.MAJOR: timedelta(minutes=major),
        Level.MINOR: timedelta(minutes=minor),
        Level.INFO: timedelta(minutes=minor),
    }


def _hours(critical: float, major: float, minor: float) -> Limits:
    return _minutes(*(MINUTES_PER_HOUR * hours for hours in (critical, major, minor)))


_ALWAYS = _minutes(0, 0, 0)
_WORK = _hours(2, 24, 72)
_WORK_REPEATS = _hours(0.5, 4, 12)
_CALL_REPEATS = _minutes(5, 15, 60)
_RISING = (
    (1.5, ClockAction.ALERT_STREET),
    (2.0, ClockAction.ALERT_DISTRICT),
    (2.5, ClockAction.ALERT_EMERGENCY_CONTACT),
)
_VERIFY = Plan(NextStep.VERIFY, _WORK, ((1.0, ClockAction.REMIND), *_RISING), _WORK_REPEATS)
_REVIEW = (
    (1.0, ClockAction.REMIND),
    (2.0, ClockAction.ALERT_STREET),
    (3.0, ClockAction.ALERT_DISTRICT),
    (4.0, ClockAction.ALERT_EMERGENCY_CONTACT),
)

PLANS = {
    IncidentState.NEW: Plan(NextStep.REVIEW, _minutes(1, 2, 5), _REVIEW, _CALL_REPEATS),
    IncidentState.STORED: Plan(
        NextStep.ARCHIVE, _hours(24, 24, 24), ((1.0, ClockAction.ARCHIVE),), _WORK_REPEATS
    ),
    IncidentState.FILED: Plan(
        NextStep.DISPATCH, _minutes(2, 5, 15), ((0.0, ClockAction.DISPATCH),), _ALWAYS
    ),
    IncidentState.DISPATCHED: Plan(
        NextStep.ACCEPT,
        _minutes(2, 5, 15),
        (
            (0.5, ClockAction.REMIND),
            (1.0, ClockAction.ESCALATE),
            (2.0, ClockAction.ALERT_DISTRICT),
            (3.0, ClockAction.ALERT_EMERGENCY_CONTACT),
        ),
        _CALL_REPEATS,
    ),
    IncidentState.ACCEPTED: Plan(
        NextStep.ARRIVE,
        _minutes(15, 30, 60),
        ((0.5, ClockAction.REMIND), (1.0, ClockAction.EXPIRE)),
        _CALL_REPEATS,
    ),
    IncidentState.HANDLING: Plan(
        NextStep.REPORT,
        _WORK,
        ((0.75, ClockAction.REMIND), (1.0, ClockAction.REMIND), *_RISING),
        _WORK_REPEATS,
    ),
    IncidentState.FEEDBACK: _VERIFY,
    IncidentState.VERIFYING: _VERIFY,
    IncidentState.SUSPENDED: Plan(
        NextStep.RESUME, _hours(24, 24, 24), ((1.0, ClockAction.RESUME),), _WORK_REPEATS
    ),
    IncidentState.CLOSED: Plan(
        NextStep.ARCHIVE, _hours(72, 72, 72), ((1.0, ClockAction.ARCHIVE),), _WORK_REPEATS
    ),
}
"""Starting values: time to review, to dispatch, to accept, to arrive, to report and to verify; how
long a stored incident waits for a stronger alert, and a closed one for an appeal."""


def start_clock(
    state: IncidentState, level: Level, responsible: Responsible, *, now: datetime
) -> Clock:
    """Return the clock of an incident that enters a state."""
    plan = PLANS[state]
    return Clock(
        responsible=responsible,
        next_step=plan.next_step,
        due_at=now + plan.limits[level],
        next_action_at=now + plan.pause_before(0, level),
    )


def suspend_clock(responsible: Responsible, *, until: datetime) -> Clock:
    """Return the clock of a suspended incident."""
    return Clock(
        responsible=responsible, next_step=NextStep.RESUME, due_at=until, next_action_at=until
    )


def advance_clock(clock: Clock, state: IncidentState, level: Level, *, now: datetime) -> Clock:
    """Return the clock after the action of its current step.

    The next action comes at its planned time even if this one was late. If that has passed as
    well, it keeps its distance from this one, so that nothing comes in a burst after a stoppage.
    """
    pause = PLANS[state].pause_before(clock.step + 1, level)
    planned_at = clock.next_action_at + pause
    next_action_at = planned_at if planned_at > now else now + pause
    return replace(clock, step=clock.step + 1, next_action_at=next_action_at)


def skip_late_reminders(
    clock: Clock, state: IncidentState, level: Level, *, now: datetime
) -> Clock:
    """Return the clock at its next action that is not a reminder, if that is due as well.

    After a stoppage a reminder comes too late to be of use.
    """
    plan = PLANS[state]
    follows_at = clock.next_action_at + plan.pause_before(clock.step + 1, level)
    is_late = plan.action(clock.step) is ClockAction.REMIND and follows_at <= now
    if not is_late:
        return clock
    skipped = replace(clock, step=clock.step + 1, next_action_at=follows_at)
    return skip_late_reminders(skipped, state, level, now=now)


def skip_action(clock: Clock) -> Clock:
    """Return the clock at its next action, which then takes the place of the current one."""
    return replace(clock, step=clock.step + 1)


def retry_dispatch(clock: Clock, *, now: datetime) -> Clock:
    """Return the clock of a filed incident that nobody could be notified of."""
    pause = min(RETRY_DISPATCH_AFTER * 2 ** min(clock.step, 10), MAX_RETRY_INTERVAL)
    return replace(clock, step=clock.step + 1, next_action_at=now + pause)


def notice_of_failed_dispatch(step: int) -> ClockAction | None:
    """Return who is asked for help after the attempt ``step`` found nobody on duty.

    The desk at once, the district after a minute, then the emergency contact again and again.
    """
    if step == 0:
        return ClockAction.REMIND
    if step == DISTRICT_AFTER_ATTEMPTS:
        return ClockAction.ALERT_DISTRICT
    is_repetition = step % EMERGENCY_EVERY_ATTEMPTS == EMERGENCY_AFTER_ATTEMPTS
    return ClockAction.ALERT_EMERGENCY_CONTACT if is_repetition else None


def shorten_clock(clock: Clock, state: IncidentState, level: Level, *, now: datetime) -> Clock:
    """Return the clock of an incident whose level has risen: it is never longer than before."""
    if state not in PLANS or PLANS[state].next_step in {NextStep.ARCHIVE, NextStep.RESUME}:
        return clock
    restarted = start_clock(state, level, clock.responsible, now=now)
    if restarted.due_at >= clock.due_at:
        return replace(clock, next_action_at=min(clock.next_action_at, restarted.next_action_at))
    planned = max(clock.next_action_at, now)
    return replace(restarted, next_action_at=min(planned, restarted.next_action_at))


def desk(area: str | None) -> Responsible:
    """Return the desk of an area as responsible party."""
    return Responsible(kind=ResponsibleKind.DESK, area=area)


def post(area: str) -> Responsible:
    """Return those on duty in an area as responsible party."""
    return Responsible(kind=ResponsibleKind.POST, area=area)


def person(account: int, area: str | None) -> Responsible:
    """Return a person as responsible party."""
    return Responsible(kind=ResponsibleKind.PERSON, account=account, area=area)
