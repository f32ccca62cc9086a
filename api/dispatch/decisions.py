"""Decide what follows when the clock of an incident is due. Pure.

``clocks.PLANS`` says which action is next; this module turns it into a step: the new state and
clock, and who is notified. The engine reads the incident, calls ``decide_step``, and writes it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from api.dispatch.escalation import MAINTAINER_LEVEL, EscalationTarget, first_level, next_target
from api.dispatch.model import DueIncident, EngineStep, PeopleOfArea
from api.dispatch.recipients import recipients_of, responsible_accounts
from api.incidents import clocks, lifecycle
from api.incidents.actors import SYSTEM_ACTOR
from api.incidents.clocks import PLANS, ClockAction, NextStep, Responsible, ResponsibleKind
from api.incidents.lifecycle import Action
from api.notify.model import NotificationKind
from api.roster.on_duty import EscalationLevel

DIGEST_INTERVAL = timedelta(minutes=1)
"""A desk is reminded of all overdue incidents of one area and level at most this often."""

_KINDS = {
    ClockAction.REMIND: NotificationKind.REMINDER,
    ClockAction.ALERT_STREET: NotificationKind.ESCALATION,
    ClockAction.ALERT_DISTRICT: NotificationKind.ESCALATION,
    ClockAction.ALERT_EMERGENCY_CONTACT: NotificationKind.ESCALATION,
}


def decide_step(due: DueIncident, people: PeopleOfArea, *, now: datetime) -> EngineStep:
    """Return the step of an incident whose clock is due."""
    clock = clocks.skip_late_reminders(due.clock, due.state, due.level, now=now)
    return _take_action(replace(due, clock=clock), people, now)


def _take_action(due: DueIncident, people: PeopleOfArea, now: datetime) -> EngineStep:
    action = PLANS[due.state].action(due.clock.step)
    match action:
        case ClockAction.DISPATCH:
            return _dispatch(due, people, now)
        case ClockAction.ESCALATE:
            return _escalate(due, people, now)
        case ClockAction.EXPIRE:
            return _expire(due, now)
        case ClockAction.ARCHIVE:
            state = lifecycle.apply_action(due.state, Action.ARCHIVE, SYSTEM_ACTOR)
            return EngineStep(incident=due, action=action, state=state, clock=None)
        case ClockAction.RESUME:
            return _resume(due, people, now)
        case _:
            return _notify(due, action, people, now)


def _dispatch(due: DueIncident, people: PeopleOfArea, now: datetime) -> EngineStep:
    target = _first_target(due, people.levels)
    if due.area_code is None or target is None:
        return _ask_for_help(due, people, now)
    state = lifecycle.apply_action(due.state, Action.DISPATCH, SYSTEM_ACTOR)
    responsible = _responsible_of(target, people.levels, due.area_code)
    return EngineStep(
        incident=due,
        action=ClockAction.DISPATCH,
        state=state,
        clock=clocks.start_clock(state, due.level, responsible, now=now),
        escalation_level=target.escalation_level,
        kind=NotificationKind.DISPATCH,
        accounts=target.accounts,
        notification_key=f"{due.id}:{due.version + 1}:dispatch",
        detail=_detail(target),
    )


def _first_target(due: DueIncident, levels: tuple[EscalationLevel, ...]) -> EscalationTarget | None:
    """Choose whom a new order notifies; if nobody is left above, begin at the first level.

    The maintainer of the equipment comes before the first level.
    """
    if due.maintainer is not None and not due.ended_orders:
        return EscalationTarget(MAINTAINER_LEVEL, (due.maintainer,))
    start = first_level(due.ended_orders)
    target = next_target(levels, start=start, excluded=due.declined_by)
    return target or next_target(levels, start=1, excluded=due.declined_by)


def _ask_for_help(due: DueIncident, people: PeopleOfArea, now: datetime) -> EngineStep:
    """Nobody on duty can be notified: try again soon, and ask others to dispatch by hand."""
    action = "nobody_on_duty" if due.area_code else "no_area"
    notice = clocks.notice_of_failed_dispatch(due.clock.step)
    return EngineStep(
        incident=due,
        action=action,
        clock=clocks.retry_dispatch(due.clock, now=now),
        kind=NotificationKind.NOBODY_ON_DUTY,
        accounts=recipients_of(notice, due, people) if notice else (),
        notification_key=_digest_key(due, f"{action}:{notice}", now) if notice else "",
        is_recorded=due.clock.step == 0,
    )


def _escalate(due: DueIncident, people: PeopleOfArea, now: datetime) -> EngineStep:
    """Notify the next level; above the last one, go on with the next action at once."""
    lifecycle.apply_action(due.state, Action.ESCALATE, SYSTEM_ACTOR)
    if due.order is None:
        return _notify(due, ClockAction.ALERT_DISTRICT, people, now)
    target = next_target(people.levels, start=due.order.escalation_level + 1)
    if target is None:
        return _take_action(replace(due, clock=clocks.skip_action(due.clock)), people, now)
    responsible = _post_of(target, people.levels, due.order.area_code)
    return EngineStep(
        incident=due,
        action=ClockAction.ESCALATE,
        clock=clocks.start_clock(due.state, due.level, responsible, now=now),
        escalation_level=target.escalation_level,
        kind=NotificationKind.DISPATCH,
        accounts=target.accounts,
        notification_key=f"{due.id}:{due.version}:escalate:{due.order.rounds + 1}",
        detail=_detail(target),
    )


def _expire(due: DueIncident, now: datetime) -> EngineStep:
    """Return an order that was accepted and not started; the next one escalates."""
    state = lifecycle.apply_action(due.state, Action.EXPIRE, SYSTEM_ACTOR)
    responsible = clocks.desk(due.area_code)
    return EngineStep(
        incident=due,
        action=ClockAction.EXPIRE,
        state=state,
        clock=clocks.start_clock(state, due.level, responsible, now=now),
    )


def _resume(due: DueIncident, people: PeopleOfArea, now: datetime) -> EngineStep:
    """End a suspension: the incident goes on where it was, and the responsible party is told."""
    state = lifecycle.apply_action(due.state, Action.RESUME, SYSTEM_ACTOR)
    resumed = due.previous_state or state
    return EngineStep(
        incident=due,
        action=ClockAction.RESUME,
        state=resumed,
        clock=clocks.start_clock(resumed, due.level, due.clock.responsible, now=now),
        accounts=responsible_accounts(due.clock.responsible, due, people),
        notification_key=f"{due.id}:{due.version}:resume",
    )


def _notify(
    due: DueIncident, action: ClockAction, people: PeopleOfArea, now: datetime
) -> EngineStep:
    """Notify, and wait for the next action of the plan."""
    return EngineStep(
        incident=due,
        action=action,
        clock=clocks.advance_clock(due.clock, due.state, due.level, now=now),
        kind=_KINDS[action],
        accounts=recipients_of(action, due, people),
        notification_key=_notice_key(due, action, now),
    )


def _notice_key(due: DueIncident, action: ClockAction, now: datetime) -> str:
    """Return the key of a notice; a desk gets one for all overdue reviews of a minute."""
    if due.clock.next_step is NextStep.REVIEW:
        return _digest_key(due, action, now)
    return f"{due.id}:{due.version}:{due.state}:{due.clock.due_at.isoformat()}:{due.clock.step}"


def _digest_key(due: DueIncident, what: str, now: datetime) -> str:
    minute = int(now.timestamp() // DIGEST_INTERVAL.total_seconds())
    return f"{what}:{due.area_code or 'no area'}:{due.level}:{minute}"


def _responsible_of(
    target: EscalationTarget, levels: tuple[EscalationLevel, ...], area_code: str
) -> Responsible:
    """Return who is notified: the maintainer, or a post."""
    if target.escalation_level == MAINTAINER_LEVEL:
        return clocks.person(target.accounts[0], area_code)
    return _post_of(target, levels, area_code)


def _post_of(
    target: EscalationTarget, levels: tuple[EscalationLevel, ...], area_code: str
) -> Responsible:
    """Return the post that is notified: those on duty in the area of its level."""
    codes = [level.area.code for level in levels if level.number == target.escalation_level]
    return Responsible(kind=ResponsibleKind.POST, area=codes[0] if codes else area_code)


def _detail(target: EscalationTarget) -> dict[str, object]:
    return {"step": target.escalation_level, "called": len(target.accounts)}
