"""What systemd is told: that the box is ready, that it lives, that it ends.

The protocol is sd_notify(3): datagrams to a socket that NOTIFY_SOCKET names.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self

from edge.errors import OutboxError


class Watchdog:
    """Say that the box lives, as long as its outbox answers.

    Args:
        address: The supervisor's socket; one that begins with ``@`` is abstract.
        every: Seconds from one sign of life to the next; ``None`` where none is asked for.
        alive: Proves that the box lives; while it hangs or fails, nothing is said.
    """

    def __init__(self, address: str, *, every: float | None, alive: Callable[[], object]) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every, self._alive = every, alive

    @classmethod
    def asked_for(
        cls, alive: Callable[[], object], environment: Mapping[str, str] = os.environ
    ) -> Self | None:
        """Make one where a supervisor listens; it is told twice as often as it asks."""
        address = environment.get("NOTIFY_SOCKET")
        if not address:
            return None
        within = int(environment.get("WATCHDOG_USEC") or 0)
        return cls(address, every=within / 2e6 if within else None, alive=alive)

    def run(self, stop: threading.Event) -> None:
        """Say that the box is ready, then that it lives, until ``stop``."""
        self._say("READY=1")
        while not stop.wait(self._every):
            try:
                self._alive()
            except OutboxError:
                continue  # full, or its disk is gone: told of where it is written
            self._say("WATCHDOG=1")
        self._say("STOPPING=1")

    def _say(self, state: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            try:
                line.sendto(state.encode(), self._address)
            except OSError:
                return  # a supervisor that has gone does not end the box
