"""Room on the disk that is held back, so that alerts can still be written when it is full."""

import os
from pathlib import Path

import structlog

log = structlog.get_logger()


class Reserve:
    """A file that is there to be deleted.

    Args:
        size: Bytes; a disk that has not so many left gives none.
    """

    def __init__(self, file: Path, size: int) -> None:
        self._file, self._size = file, size

    def hold(self) -> None:
        """Take the room, if it can be had; what is held already stays."""
        if self._size == 0 or self._held() == self._size:
            return
        try:
            with self._file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, self._size)
        except OSError as error:
            self._file.unlink(missing_ok=True)
            log.warning("no_reserve", file=str(self._file), reason=error.strerror)

    def release(self) -> None:
        """Give the room to whoever needs it now; the next start takes it again."""
        if self._held():
            self._file.unlink()
            log.warning("reserve_released", file=str(self._file))

    def _held(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0
