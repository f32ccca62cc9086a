"""Decide who is notified next. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.roster.on_duty import EscalationLevel

MAX_RETURNS_PER_LEVEL = 2
MAINTAINER_LEVEL = 0
"""The level below the micro-grid: the one person who maintains the equipment."""


@dataclass(frozen=True, slots=True)
class EndedOrder:
    """An order of the incident that was returned: declined by a worker, or expired."""

    escalation_level: int
    has_expired: bool


@dataclass(frozen=True, slots=True)
class EscalationTarget:
    """The accounts to notify, and the escalation level they belong to."""

    escalation_level: int
    accounts: tuple[int, ...]


def first_level(ended_orders: Sequence[EndedOrder]) -> int:
    """Return the escalation level at which a new order begins.

    After an expired order it is the next level. After a declined order the others of the same
    level are notified, at most ``MAX_RETURNS_PER_LEVEL`` times.

    Args:
        ended_orders: The returned orders of the incident, oldest first.
    """
    if not ended_orders:
        return 1
    last = ended_orders[-1]
    n_declined = sum(
        order.escalation_level == last.escalation_level and not order.has_expired
        for order in ended_orders
    )
    is_next = last.has_expired or n_declined >= MAX_RETURNS_PER_LEVEL
    return last.escalation_level + 1 if is_next else last.escalation_level


def next_target(
    levels: Iterable[EscalationLevel], *, start: int, excluded: frozenset[int] = frozenset()
) -> EscalationTarget | None:
    """Return the first level from ``start`` on with a worker on duty; empty levels are skipped.

    Args:
        excluded: Accounts that have declined the incident.

    Returns:
        ``None`` if nobody is left.
    """
    for level in levels:
        accounts = tuple(shift.account for shift in level.on_duty if shift.account not in excluded)
        if level.number >= start and accounts:
            return EscalationTarget(level.number, accounts)
    return None
