"""READ FIRST: what a channel is. Every channel passes the suite in `tests/api/notify/channels`.

The event stream of the app is no such channel: an open page reads it, and nothing is sent.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from api.notify.outgoing import Message, SendResult


class Channel(Protocol):
    """A way to send a message to one address."""

    async def send(self, message: Message, *, now: datetime) -> SendResult:
        """Make one attempt, within ``TIMEOUT_S``.

        Errors of the network and of the other side are returned, not raised. The same message may
        be sent again: the receiver recognises it by its key, where the service has such a thing.
        """
        ...


Channels = Mapping[str, Channel]
"""By kind: ``ChannelKind`` and ``RobotKind``; a kind without settings is left out."""
