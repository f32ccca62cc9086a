"""How far a recording has been played, for whoever waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gridwatch.workbench.replay.replay import ProgressCallback as Told


@contextmanager
def progress_bar(words: str, length: timedelta) -> Iterator[Told]:
    """Show a bar on standard error, if that is a terminal; it is gone at the end."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TimeRemainingColumn(),
    )
    shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with shown:
        task = shown.add_task(words, total=max(length.total_seconds(), 1.0))

        def told(played: timedelta) -> None:
            shown.update(task, completed=played.total_seconds())

        yield told
