"""Alerts as a person reads them: one row each, from its opening to its end."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from pipeline.alert import Alert, Change, CloseReason
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.text import Text
from scenarios.testing.stage import START


class AlertSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One alert with its whole life; times are seconds of the recording.

    Args:
        updated_s: When it was told of again.
        level: The worst that it reached.
        because: What it said last.
        boxes: What it pointed at when it was opened.
    """

    scenario: str
    zone: str
    subject: int | None
    opened_s: float
    updated_s: tuple[float, ...]
    closed_s: float
    close_reason: CloseReason | None
    level: Level
    because: Text
    measures: dict[str, float]
    boxes: tuple[Box, ...]


def summarise_alerts(alerts: Iterable[Alert]) -> list[AlertSummary]:
    """Put the revisions of each alert together, in order of opening."""
    lives: dict[UUID, list[Alert]] = {}
    for alert in alerts:
        lives.setdefault(alert.id, []).append(alert)
    return sorted(map(_outcome, lives.values()), key=lambda one: (one.opened_s, one.zone))


def seconds_since_start(at: datetime) -> float:
    """Seconds of the recording, to the millisecond."""
    return round((at - START).total_seconds(), 3)


def _outcome(life: list[Alert]) -> AlertSummary:
    first, last = life[0], life[-1]
    return AlertSummary(
        scenario=first.scenario,
        zone=first.zone,
        subject=first.subject,
        opened_s=seconds_since_start(first.opened_at),
        updated_s=tuple(
            seconds_since_start(a.observed_at) for a in life if a.change is Change.UPDATED
        ),
        closed_s=seconds_since_start(last.closed_at or last.observed_at),
        close_reason=last.close_reason,
        level=last.level,
        because=last.message,
        measures={name: round(value, 4) for name, value in last.measures.items()},
        boxes=tuple(box.rounded() for box in first.boxes),
    )
