"""``gridwatch accuracy``: how the centre measures how many of its incidents are true."""

from gridwatch.commands.accuracy.commands import app

__all__ = ["app"]
