"""Values of changes to the roster."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from api.accounts.store import Account
from api.roster.model import ShiftSource

ReplacingSource = Literal[ShiftSource.OVERRIDE, ShiftSource.SWAP]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShift:
    """A stored shift with what a page shows of it.

    Args:
        account: Name of the account.
        replaces: The shift that this one replaces while it runs.
        replaced_account: Name of the account of that shift.
        approved_by: Name of the account that approved a call-up.
    """

    id: UUID
    account: str
    area_code: str
    source: ShiftSource
    starts_at: datetime
    ends_at: datetime
    replaces: UUID | None
    replaced_account: str | None
    approved_by: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShift:
    """A shift to be stored; the names are those of active accounts.

    Args:
        starts_at: ``None`` begins now.
    """

    account: str
    area_code: str
    source: ShiftSource
    starts_at: datetime | None
    ends_at: datetime
    replaces: UUID | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Who replaces the person of a shift.

    Args:
        starts_at: ``None`` is as early as the shift allows.
        ends_at: ``None`` is the end of the shift.
        version: The version of the shift that was read.
    """

    account: str
    source: ReplacingSource
    version: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to change about a shift; ``None`` leaves it.

    Args:
        version: The version that was read.
    """

    version: int
    account: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who changes the roster, and when.

    Args:
        idem_key: Requests with equal keys take effect once.
    """

    account: Account
    at: datetime
    idem_key: str | None = None
    reason: str = ""
