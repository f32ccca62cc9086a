"""Notify systemd that the node is ready, alive or stopping.

The protocol is that of sd_notify(3): datagrams to the socket in NOTIFY_SOCKET.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self

from edge.errors import OutboxError


class SystemdNotifier:
    """Sends watchdog notifications while the outbox works.

    Args:
        address: Socket of the supervisor; one that begins with ``@`` is abstract.
        interval_s: Seconds between watchdog notifications; ``None`` to send none.
        check_alive: Called before each notification; none is sent if it hangs or raises.
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
        """Return a notifier at twice the rate that systemd asks for; ``None`` without systemd."""
        address = environment.get("NOTIFY_SOCKET")
        if not address:
            return None
        timeout_us = int(environment.get("WATCHDOG_USEC") or 0)
        interval_s = timeout_us / 2e6 if timeout_us else None
        return cls(address, interval_s=interval_s, check_alive=check_alive)

    def run(self, stop: threading.Event) -> None:
        """Send ``READY``, then ``WATCHDOG`` until ``stop`` is set, then ``STOPPING``."""
        self._notify("READY=1")
        while not stop.wait(self._interval_s):
            try:
                self._check_alive()
            except OutboxError:
                continue  # logged where the outbox is written
            self._notify("WATCHDOG=1")
        self._notify("STOPPING=1")

    def _notify(self, state: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify_socket:
            try:
                notify_socket.sendto(state.encode(), self._address)
            except OSError:
                return  # the node goes on without its supervisor
