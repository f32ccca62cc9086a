"""All errors of the command line, the benchmarks and the demo.

GridwatchError
├── MissingPackageError  this machine lacks a package that the command needs
├── UsageError           the arguments of a command are invalid
│   └── AnnotationError  a published annotation cannot be read
├── BenchError           a benchmark cannot set up what it measures
└── DemoError            the demo cannot start or go on
"""

import sys
from pathlib import Path


class GridwatchError(Exception):
    """Base class of all errors of the command line."""

    retryable = False
    exit_code = 1


class MissingPackageError(GridwatchError):
    """This machine lacks a package; an extra installs it."""

    exit_code = 2

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package = package
        self.extra = extra

    def __str__(self) -> str:
        """Return what to install."""
        pip = f"{sys.prefix}/bin/pip install 'gridwatch[{self.extra}]'"
        return f"{self.package} is not installed in {sys.prefix}; run `{pip}`"


class UsageError(GridwatchError):
    """The arguments of a command are invalid; the message says what is valid."""

    exit_code = 2


class AnnotationError(UsageError):
    """An annotation cannot be read; names the file, the line or entry, and the fix."""

    def __init__(self, file: Path, where: str, reason: str) -> None:
        super().__init__(file, where, reason)
        self.file = file
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        """Return the place and the reason."""
        return ": ".join(part for part in (str(self.file), self.where, self.reason) if part)


class BenchError(GridwatchError):
    """A benchmark cannot set up what it measures; the message says what is missing."""


class DemoError(GridwatchError):
    """A process of the demo did not start, or ended early; the message quotes its log."""
