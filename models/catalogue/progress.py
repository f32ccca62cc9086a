"""Who is told how a long fetch goes."""

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn


class FetchProgress(Protocol):
    """Is told of each step, and of the bytes so far."""

    def report(self, line: str) -> None:
        """Hear one line: what is tried, what failed and why, what is done."""
        ...

    def advance(self, done: int, total: int) -> None:
        """Hear how many of ``total`` bytes are there; equal when it is over."""
        ...


class NoProgress:
    """Nobody is told."""

    def report(self, line: str) -> None:
        """Drop the line."""

    def advance(self, done: int, total: int) -> None:
        """Drop the count."""


class ConsoleProgress:
    """A bar on a terminal, plain lines elsewhere; both to standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def report(self, line: str) -> None:
        """Print the line."""
        self._console.print(line, markup=False, soft_wrap=True)

    def advance(self, done: int, total: int) -> None:
        """Move the bar; without a terminal there is none."""
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
