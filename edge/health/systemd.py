"""What systemd is told: that the box is ready, that it lives, that it ends.

The protocol is sd_notify(3): datagrams to a socket that NOTIFY_SOCKET names.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self

from edge.errors import OutboxError


class SystemdNotifier:
    """Say that the box lives, as long as its outbox answers.

    Args:
        address: The supervisor's socket; one that begins with ``@`` is abstract.
        interval_s: Seconds from one sign of life to the next; ``None`` where none is asked for.
        check_alive: Proves that the box lives; while it hangs or fails, nothing is said.
    """

    def __init__(
        self, address: str, *, interval_s: float | None, check_alive: Callable[[], object]
    ) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._interval_s, self._check_alive = interval_s, check_alive

    @classmethod
    def from_environment(
        cls, check_alive: Callable[[], object], environment: Mapping[str, str] = os.environ
    ) -> Self | None:
        """Make one where a supervisor listens; it is told twice as often as it asks."""
        address = environment.get("NOTIFY_SOCKET")
        if not address:
            return None
        within = int(environment.get("WATCHDOG_USEC") or 0)
        return cls(address, interval_s=within / 2e6 if within else None, check_alive=check_alive)

    def run(self, stop: threading.Event) -> None:
        """Say that the box is ready, then that it lives, until ``stop``."""
        self._notify("READY=1")
        while not stop.wait(self._interval_s):
            try:
                self._check_alive()
            except OutboxError:
                continue  # full, or its disk is gone: told of where it is written
            self._notify("WATCHDOG=1")
        self._notify("STOPPING=1")

    def _notify(self, state: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            try:
                line.sendto(state.encode(), self._address)
            except OSError:
                return  # a supervisor that has gone does not end the box
