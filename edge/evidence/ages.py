"""How old files are, by a clock that may be set: that makes none older.

A box whose clock has no battery begins in some past year, until a time server answers.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog

log = structlog.get_logger()

SET_S = 60.0
"""By how much a clock must part from the steady one to have been set, and not just kept."""


class Ages:
    """Dates files anew when the clock was set; asked every now and then.

    Args:
        files: Lists the files, at each call anew.
    """

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._last: tuple[float, float] | None = None

    def follow(self, now: datetime, *, steady: float) -> None:
        """Take the time.

        Args:
            steady: Seconds that only grow, whatever the clock is set to.
        """
        at = now.timestamp()
        then, steady_then = self._last or (at, steady)
        self._last = at, steady
        passed = steady - steady_then
        jump = at - then - passed
        if abs(jump) > SET_S:
            log.warning("clock_set", seconds=round(jump))
            self._date_anew(jump, new=(at - passed, at))

    def _date_anew(self, jump: float, *, new: tuple[float, float]) -> None:
        for file in self._files():
            written = written_at(file)
            if not new[0] <= written <= new[1]:  # those are of the new clock already
                with suppress(FileNotFoundError):
                    os.utime(file, (written + jump, written + jump))


def written_at(file: Path) -> float:
    """When ``file`` was written, in seconds since 1970; 0 if it is gone."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
