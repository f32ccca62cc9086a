"""Where frames come from: each kind of source tells the same three things."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.frame import Frame


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody looked from ``since`` to ``until``, and why."""

    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class EndOfStream:
    """No frame will follow; only files end."""

    at: datetime
    reason: str


SourceEvent = Frame | Gap | EndOfStream


class Source(Protocol):
    """A camera or a file."""

    @property
    def decode_errors(self) -> int:
        """Pictures that came in damaged, so far."""
        ...

    @property
    def dropped(self) -> int:
        """Pictures left out because the worker was behind, so far."""
        ...

    @property
    def degraded_reason(self) -> str:
        """What is not as it should be while pictures come in; empty where all is well."""
        ...

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Give what happens, in the order of its time, until ``stop`` or the end.

        A live source never raises for a camera that is away: it gives gaps and tries again.

        Raises:
            SourceError: It can never be read: no such file, or no video in it.
        """
        ...
