"""Choose whom the clock engine notifies. Pure.

Each audience falls back to the next wider one, so that it is empty only if there is no account at
all that could act.
"""

from api.areas.hierarchy import AreaLevel
from api.dispatch.model import DueIncident, PeopleOfArea
from api.incidents.clocks import ClockAction, NextStep, Responsible, ResponsibleKind

Accounts = tuple[int, ...]


def recipients_of(action: ClockAction, due: DueIncident, people: PeopleOfArea) -> Accounts:
    """Return the accounts that an action notifies, sorted."""
    if action is ClockAction.REMIND:
        return responsible_accounts(due.clock.responsible, due, people)
    if action is ClockAction.ALERT_STREET:
        return _unique(_officers(AreaLevel.STREET, people), _desk(people)) or _widest(people)
    if action is ClockAction.ALERT_DISTRICT:
        return _unique(_district(people), _everybody_on_duty(people)) or _widest(people)
    return _widest(people)


def responsible_accounts(
    responsible: Responsible, due: DueIncident, people: PeopleOfArea
) -> Accounts:
    """Return the accounts behind a responsible party."""
    if responsible.kind is ResponsibleKind.PERSON and responsible.account is not None:
        return (responsible.account,)
    if responsible.kind is ResponsibleKind.POST and due.order is not None:
        on_duty = [
            shift.account
            for level in people.levels
            if level.number == due.order.escalation_level
            for shift in level.on_duty
            if shift.account not in due.declined_by
        ]
        return _unique(tuple(on_duty)) or _everybody_on_duty(people) or _desk(people)
    return _verifiers(due, people) if due.clock.next_step is NextStep.VERIFY else _desk(people)


def _verifiers(due: DueIncident, people: PeopleOfArea) -> Accounts:
    """Return the desk without the handler, who does not verify their own work."""
    handler = due.order.handler if due.order else None
    groups = (people.operators, people.supervisors, people.emergency_contacts)
    others = (_unique(tuple(a for a in group if a != handler)) for group in groups)
    return next((group for group in others if group), _widest(people))


def _desk(people: PeopleOfArea) -> Accounts:
    return _unique(people.operators) or _unique(people.supervisors) or people.emergency_contacts


def _district(people: PeopleOfArea) -> Accounts:
    return _unique(_officers(AreaLevel.DISTRICT, people), people.supervisors)


def _officers(level: AreaLevel, people: PeopleOfArea) -> Accounts:
    """Return who is on duty in the area of one level."""
    return tuple(
        shift.account
        for step in people.levels
        if step.area.level is level
        for shift in step.on_duty
    )


def _everybody_on_duty(people: PeopleOfArea) -> Accounts:
    return _unique(tuple(shift.account for level in people.levels for shift in level.on_duty))


def _widest(people: PeopleOfArea) -> Accounts:
    return _unique(
        people.emergency_contacts,
        _district(people),
        people.operators,
        _everybody_on_duty(people),
    )


def _unique(*accounts: Accounts) -> Accounts:
    return tuple(sorted({account for group in accounts for account in group}))
