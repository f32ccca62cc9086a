"""Values of incidents that no alert opened: what is wrong, and what is stored of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level
from pipeline.text import Text

UNATTENDED_STATES = frozenset(
    {
        IncidentState.NEW,
        IncidentState.STORED,
        IncidentState.FILED,
        IncidentState.DISPATCHED,
    }
)
"""No person has taken the incident up yet."""


class Addressee(StrEnum):
    """Who is called."""

    POST = "post"
    """Those on duty in the area, by a work order."""
    DESK = "desk"
    """The operators of the area, who review it."""


class ClosingReason(StrEnum):
    """Why the system closes an incident; the code goes to the audit log."""

    RECOVERED = "recovered"
    """What was wrong has ended."""
    GROUPED = "grouped"
    """An incident for the whole node or area has taken its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemIncident:
    """Something that is wrong and that a person has to be called for.

    Args:
        key: One incident of a key is open at a time; see ``equipment_key``.
        code: What is wrong; stands where other incidents have their scenario.
        node: Empty if it is about a whole area.
        camera: Empty if it is about a whole node or area.
        since: Since when it is wrong.
        review_by: When the desk must have acted; ``None`` for the limit of the level.
    """

    key: str
    code: str
    level: Level
    message: Text
    since: datetime
    addressee: Addressee = Addressee.POST
    node: str = ""
    camera: str = ""
    area_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    review_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIncident:
    """The newest incident of a key.

    Args:
        clock: ``None`` for a state without one.
        order: Its open work order, in ``order_area``, with its ``assignee``.
        was_accepted: A person has accepted one of its work orders.
        is_over: What was wrong has ended.
        first_at: Since when it was wrong at first.
        state_since: Since when it has been in its state.
        n_times: How often it has become wrong.
    """

    id: UUID
    key: str
    state: IncidentState
    is_open: bool
    level: Level
    message: Text
    area_code: str | None
    clock: Clock | None
    order: UUID | None
    order_area: str | None
    assignee: int | None
    was_accepted: bool
    is_over: bool
    first_at: datetime
    state_since: datetime
    n_times: int


def equipment_key(code: str, *place: str) -> str:
    """Return the key of what is wrong with a camera, a node or an area.

    Args:
        place: Node and camera, a node, or an area.
    """
    return "|".join(("v1", "equipment", code, *place))
