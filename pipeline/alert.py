"""An alert and its revisions: opened, updated, closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from pipeline.geometry.shapes import Box
from pipeline.signal import ExplainStep, Level
from pipeline.text import Text


class Change(StrEnum):
    """The kind of a revision."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why an alert was closed."""

    CLEARED = "cleared"
    SOURCE_LOST = "source_lost"
    SOURCE_ENDED = "source_ended"
    NODE_RESTART = "node_restart"
    RECONFIGURED = "reconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One revision of an alert; it holds the whole state, so that a lost one does no harm.

    Args:
        id: A UUIDv7 derived from the episode, equal in every replay.
        rev: 1 for the first, incremented by one.
        scenario_rev: Revision of the scenario.
        subject: Number of the object, or ``None`` where an episode covers the whole zone.
        score: 0 to 1, not calibrated: the centre turns it into a probability.
        observed_at: Capture time of the frame that decided this revision.
        message: The reason, with the measures filled in.
        explain: The steps that led to it, first to last.
        boxes: What to show in the snapshot, fractions of the frame.
        drill: Whether it is a test alert: it takes the real path and counts in no statistics.
    """

    id: UUID
    rev: int
    change: Change
    scenario: str
    scenario_rev: int
    camera: str
    zone: str
    subject: int | None
    level: Level
    score: float
    opened_at: datetime
    observed_at: datetime
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    message: Text
    explain: tuple[ExplainStep, ...] = ()
    boxes: tuple[Box, ...] = ()
    drill: bool = False


def make_alert_id(episode_key: str, opened_at: datetime) -> UUID:
    """Derive the UUIDv7 (RFC 9562) of an alert from its episode and opening time.

    Args:
        episode_key: Node, scenario, camera, zone and subject, joined.
        opened_at: Gives the first 48 bits, in milliseconds; the rest is a hash.
    """
    milliseconds = int(opened_at.timestamp() * 1000)
    digest = sha256(f"{episode_key}|{opened_at.isoformat()}".encode()).digest()
    number = (milliseconds << 80) | int.from_bytes(digest[:10])
    number = (number & ~(0xF << 76)) | (7 << 76)
    number = (number & ~(0b11 << 62)) | (0b10 << 62)
    return UUID(int=number)
