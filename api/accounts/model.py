"""An account: its role, its area, and what follows from both."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.areas.hierarchy import AreaLevel


class Role(StrEnum):
    """What an account may do; stored and shown under this name."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    WORKER = "worker"
    AUTHOR = "author"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


DESK_ROLES = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
"""The roles that decide about the incidents of their area."""
SUPERVISOR_ROLES = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""The roles that may suspend and reopen incidents of their area."""
AREA_READERS = DESK_ROLES | {Role.AUTHOR, Role.AUDITOR}
"""The roles that read every incident of their area; a worker reads those they were notified of."""
FLEET_READERS = AREA_READERS | {Role.SYSTEM_ADMIN}
"""The roles that read nodes, cameras and alarms of their area."""
INCIDENT_ROLES = AREA_READERS | {Role.WORKER}
"""The roles that may have to do with an incident; the three kinds of administrators never."""
AUDIT_READERS = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN, Role.ADMIN})
"""The roles that read the audit log of their area, and review unusual access."""
ACCOUNT_READERS = frozenset({Role.ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
ACCOUNT_MANAGERS = frozenset({Role.ADMIN, Role.SECURITY_ADMIN})
"""The roles that may manage accounts; ``admin`` only where there is no security administrator."""
SECOND_FACTOR_ROLES = frozenset(Role) - {Role.WORKER}
"""The roles that need a second factor if the centre requires one."""

Scope = Mapping[str, str | bool]
"""``area``: what lies in it is seen; ``unplaced``: whether what lies in no area is."""
EVERYTHING: Scope = {"area": "", "unplaced": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, with the area it belongs to.

    Args:
        area_code: The account sees nothing outside this area.
        sees_unplaced: Whether it sees what belongs to no area: no area above its own has an active
            operator or supervisor.
        has_second_factor: Whether it has enrolled one.
        needs_factor: Its login may do nothing else before it has.
    """

    id: int
    name: str
    role: Role
    language: str
    area_code: str
    area_name: str
    area_level: AreaLevel
    sees_unplaced: bool = True
    has_second_factor: bool = False
    needs_factor: bool = False

    @property
    def is_worker(self) -> bool:
        """Whether the account sees only incidents that it was notified of."""
        return self.role is Role.WORKER

    @property
    def reads_area(self) -> bool:
        """Whether the account sees the incidents of its area, besides those it was notified of."""
        return self.role in AREA_READERS

    @property
    def scope(self) -> Scope:
        """What the account sees, as parameters of a statement."""
        return {"area": self.area_code, "unplaced": self.sees_unplaced}

    def covers(self, area_code: str | None) -> bool:
        """Return whether an area is part of the account's; ``None`` is what no area contains."""
        if area_code is None:
            return self.sees_unplaced
        return area_code.startswith(self.area_code)

    def covers_any(self, area_codes: list[str] | tuple[str, ...]) -> bool:
        """Return whether the account's area has a part of something; nothing is in no area."""
        return any(map(self.covers, area_codes)) if area_codes else self.sees_unplaced

    def is_desk_of(self, area_code: str | None) -> bool:
        """Return whether the account decides about the incidents of an area."""
        return self.role in DESK_ROLES and self.covers(area_code)

    def is_supervisor_of(self, area_code: str | None) -> bool:
        """Return whether the account supervises the desks of an area."""
        return self.role in SUPERVISOR_ROLES and self.covers(area_code)

    def scoped_key(self, key: str | None) -> str | None:
        """Return an idempotency key that no other account's key can equal."""
        return f"{self.id}:{key}" if key else None
