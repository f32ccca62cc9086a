"""One happening and its life: opened, updated, closed."""

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
    """What this revision tells."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why an alert ended."""

    CLEARED = "cleared"
    SOURCE_LOST = "source_lost"
    SOURCE_ENDED = "source_ended"
    NODE_RESTART = "node_restart"
    RECONFIGURED = "reconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One revision of an alert, with its whole state, so that a lost one does no harm.

    Args:
        id: A UUIDv7 made from the happening, equal in every replay.
        rev: 1 for the first, then one more each.
        scenario_rev: The revision of the rule that spoke.
        subject: The object's number, or ``None`` where the zone is one happening.
        score: 0 to 1, raw: the centre makes a probability of it.
        observed_at: Capture time of the frame that decided this revision.
        boxes: Where to look, fractions of the frame.
        drill: A drill: takes the real way, counts in no statistics.
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
    """Make the UUIDv7 (RFC 9562) of a happening from its key and its opening time.

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
