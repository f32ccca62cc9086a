"""Whether a person can be reached now, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReachReason(StrEnum):
    """Why a person can be reached or not; stored nowhere, shown under this name."""

    ONLINE = "online"
    """The person has a page open."""
    TESTED = "tested"
    """A channel has brought back a receipt within ``MAX_TEST_AGE``."""
    FAILING = "failing"
    """The last message on every tested channel was given up."""
    OUTDATED = "outdated"
    """The last receipt is too old."""
    NOT_TESTED = "not_tested"
    """No channel has ever brought back a receipt."""
    NO_CHANNEL = "no_channel"
    """There is no channel beside the app, and no page is open."""


REACHABLE = frozenset({ReachReason.ONLINE, ReachReason.TESTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachablePerson:
    """A person who is on duty, or belongs to the desk, and whether they can be reached.

    Args:
        duty: Codes of the areas in which they are on duty; empty for the desk.
        online_since: ``None`` if no page is open.
        last_online_at: When the last page was closed; ``None`` if one is open, or never was.
        is_quiet: Whether their quiet hours run.
    """

    id: int
    name: str
    role: str
    area_code: str
    duty: tuple[str, ...]
    reason: ReachReason
    online_since: datetime | None
    last_online_at: datetime | None
    is_quiet: bool

    @property
    def is_reachable(self) -> bool:
        """Whether a message would arrive now."""
        return self.reason in REACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaReach:
    """How many persons are on duty in an area, and how many of them can be reached."""

    area_code: str
    on_duty: int
    reachable: int
