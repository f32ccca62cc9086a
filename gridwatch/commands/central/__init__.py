"""``gridwatch central``: run the central service, and everything that its administrator does."""

from gridwatch.commands.central.commands import app

__all__ = ["app"]
