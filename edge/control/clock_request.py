"""Asks the centre for the time: a box whose receipts are rare has a clock too."""

import threading
from email.utils import parsedate_to_datetime

import httpx
import structlog

from edge.control.clock import CentreClock

log = structlog.get_logger()

GRAIN = 2.0
"""Seconds that the ``Date`` of an answer may be behind: whole ones, renewed once each."""
EVERY, AGAIN_AFTER = 3600.0, 60.0
"""Seconds to the next question, after an answer and without one."""


class TimeAsker:
    """Compares clocks with whoever answers at ``url``, good to a second."""

    def __init__(self, url: str, clock: CentreClock) -> None:
        self._url, self._clock = url, clock

    def run(self, stop: threading.Event) -> None:
        """Ask until ``stop``."""
        with httpx.Client(timeout=5.0) as client:
            while not stop.is_set():
                stop.wait(EVERY if self.ask(client) else AGAIN_AFTER)

    def ask(self, client: httpx.Client) -> bool:
        """Ask once; ``False`` if nobody tells the time."""
        sent = self._clock.steady()
        try:
            told = parsedate_to_datetime(client.head(self._url).headers.get("Date", ""))
        except (httpx.HTTPError, ValueError) as error:
            log.debug("time_untold", url=self._url, reason=str(error))
            return False
        self._clock.heard(told, sent=sent, grain=GRAIN)
        return True
