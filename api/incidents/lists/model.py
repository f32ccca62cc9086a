"""Views, filters and cursors of the lists of incidents. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import UUID

from api.accuracy.score import Decision
from api.incidents.lifecycle import ENDED_STATES, IncidentState
from api.web import pagination
from pipeline.signal import Level

ID_PREFIX_DIGITS = 8
"""Hexadecimal digits from which a search text is the beginning of an incident's id."""
_ID_DIGITS = 32
_IS_ID_PREFIX = re.compile(f"[0-9a-f]{{{ID_PREFIX_DIGITS},{_ID_DIGITS}}}")


class IncidentView(StrEnum):
    """Which incidents a page lists, and in which order; the name goes to the address."""

    QUEUE = "queue"
    """What a person has to see to, most urgent first: every open incident that is not stored."""
    STORED = "stored"
    """What was too unlikely for a call, newest first."""
    ALL = "all"
    """Every incident, newest first."""


def count_views(states: Mapping[str, int]) -> dict[IncidentView, int]:
    """Return the number of incidents in each view, from the numbers in each state."""
    open_states = frozenset(IncidentState) - ENDED_STATES - {IncidentState.STORED}
    return {
        IncidentView.QUEUE: sum(states.get(state, 0) for state in open_states),
        IncidentView.STORED: states.get(IncidentState.STORED, 0),
        IncidentView.ALL: sum(states.values()),
    }


class UrgencyPosition(NamedTuple):
    """The place of an incident in the queue.

    Args:
        as_of: The time at which deadlines were compared.
        rank: Of its urgency; 0 is the most urgent.
    """

    as_of: datetime
    rank: int
    due_at: datetime
    id: UUID

    @classmethod
    def decode(cls, cursor: str) -> Self:
        """Return the position of a cursor.

        Raises:
            UnprocessableError: The cursor is malformed, or belongs to another view.
        """
        return cls(
            *pagination.decode_parts(
                cursor, (pagination.parse_time, int, pagination.parse_time, UUID)
            )
        )

    def encode(self) -> str:
        """Return the cursor of a page that ends here."""
        return pagination.encode_parts(
            self.as_of.isoformat(), self.rank, self.due_at.isoformat(), self.id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents to list; ``None`` means any.

    Args:
        area: Code of an area; those below it count.
        camera: Name on its node.
        since: First creation time.
        until: Creation time before which they were created.
        text: Begins the id of an incident, or is part of the name of its camera.
    """

    states: tuple[IncidentState, ...] | None = None
    levels: tuple[Level, ...] | None = None
    decision: Decision | None = None
    is_open: bool | None = None
    area: str | None = None
    node: str | None = None
    camera: str | None = None
    scenario: str | None = None
    family: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None

    @property
    def is_camera_search(self) -> bool:
        """Whether the text is looked for in the names of cameras."""
        return self.text is not None and self.id_range is None

    @property
    def id_range(self) -> tuple[UUID, UUID] | None:
        """The ids that begin with the text; ``None`` if it is not the beginning of an id."""
        digits = (self.text or "").replace("-", "").lower()
        if not _IS_ID_PREFIX.fullmatch(digits):
            return None
        return UUID(digits.ljust(_ID_DIGITS, "0")), UUID(digits.ljust(_ID_DIGITS, "f"))
