"""A shift: one person answers for one area during some hours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.accounts.store import Role


class ShiftSource(StrEnum):
    """Why a person is on duty; stored and shown under this name."""

    RULE = "rule"
    """The regular roster."""
    OVERRIDE = "override"
    """Stands in for a colleague."""
    SWAP = "swap"
    """Has exchanged shifts with a colleague."""
    CALLUP = "callup"
    """Ordered to help; adds to those on duty."""


REPLACING_SOURCES = frozenset({ShiftSource.OVERRIDE, ShiftSource.SWAP})
"""The sources whose shifts may replace another shift."""

PLANNER_ROLES = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""The roles that may change the roster of their area, and approve a call-up there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A worker's duty in one area, from ``starts_at`` until before ``ends_at``.

    Args:
        source: A ``ShiftSource``.
        replaces: The shift of a colleague that this one replaces while it runs; ``None`` adds a
            person.
    """

    id: UUID
    account: int
    name: str
    area_code: str
    source: str
    starts_at: datetime
    ends_at: datetime
    replaces: UUID | None = None
