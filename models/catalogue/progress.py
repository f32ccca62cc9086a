"""Report the progress of a long fetch."""

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn


class FetchProgress(Protocol):
    """Receives each step of a fetch, and the bytes fetched so far."""

    def report(self, line: str) -> None:
        """Receive one line: what is tried, what failed and why, what is done."""
        ...

    def advance(self, done: int, total: int) -> None:
        """Receive the number of bytes fetched; ``done`` equals ``total`` at the end."""
        ...


class NoProgress:
    """Discards all progress."""

    def report(self, line: str) -> None:
        """Discard the line."""

    def advance(self, done: int, total: int) -> None:
        """Discard the count."""


class ConsoleProgress:
    """Prints lines to standard error, with a progress bar if that is a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def report(self, line: str) -> None:
        """Print the line."""
        self._console.print(line, markup=False, soft_wrap=True)

    def advance(self, done: int, total: int) -> None:
        """Move the progress bar; does nothing without a terminal."""
        if not self._console.is_terminal:
            return
        if self._bar is None:
            columns = (TextColumn("  "), BarColumn(), DownloadColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("", total=total)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self._bar.stop()
            self._bar = None
