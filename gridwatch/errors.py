"""Every error of the command line and the demo.

GridwatchError
├── MissingPartError  this machine lacks a package that the command needs
├── UsageError        what was typed cannot be meant
├── BenchError        a benchmark could not set up what it measures
└── DemoError         the demo could not start or go on
"""


class GridwatchError(Exception):
    """What the command line could not do."""

    retryable = False
    exit_code = 1


class MissingPackageError(GridwatchError):
    """This machine lacks a package; install the extra that brings it."""

    exit_code = 2

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package = package
        self.extra = extra

    def __str__(self) -> str:
        """Name what to install."""
        return f"{self.package} is not installed; install gridwatch[{self.extra}]"


class UsageError(GridwatchError):
    """What was typed cannot be meant; the message says what can."""

    exit_code = 2


class BenchError(GridwatchError):
    """A benchmark could not set up what it measures; the message says what is missing."""


class DemoError(GridwatchError):
    """A part of the demo did not come up, or ended by itself; its log says why."""
