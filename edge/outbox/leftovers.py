"""Alerts that an earlier run left open are closed at the start of the next."""

from datetime import datetime

import structlog

from edge.errors import OutboxFullError
from edge.outbox.closing import closed
from edge.outbox.outbox import Outbox
from pipeline.alert import CloseReason

log = structlog.get_logger()


def close_leftovers(outbox: Outbox, now: datetime) -> None:
    """Close them; where the disk is full they stay open, for the start after this one.

    A box that can't say so still has to watch.
    """
    ends = [closed(message, CloseReason.NODE_RESTART) for message in outbox.open_alerts()]
    if not ends:
        return
    try:
        outbox.put(ends, decided_at=now)
    except OutboxFullError as error:
        log.error("leftovers_stay_open", alerts=len(ends), reason=str(error))  # noqa: TRY400  # known, said
