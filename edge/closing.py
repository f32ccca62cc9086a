"""Ends for alerts whose pipeline is gone; pure."""

from msgspec.structs import replace

from pipeline.alert import CloseReason
from pipeline.wire import AlertMessage


def closed(last: AlertMessage, reason: CloseReason) -> AlertMessage:
    """Make the closing message of an alert from its last one.

    It ends when it was last seen: what came after, nobody knows.
    """
    data = replace(
        last.data,
        rev=last.data.rev + 1,
        closed_at=last.data.observed_at,
        close_reason=reason,
    )
    return replace(last, id=f"{data.alert_id}:{data.rev}", type="gridwatch.alert.closed", data=data)
