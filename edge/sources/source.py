"""The source of a camera's frames, and the events that it yields."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.frame import Frame


@dataclass(frozen=True, slots=True)
class Gap:
    """No frames came from ``since`` to ``until``."""

    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class EndOfStream:
    """No frame will follow; only recordings end.

    Args:
        at: Time of the last frame.
        reason: What was wrong with the recording; empty if nothing was.
    """

    at: datetime
    reason: str


SourceEvent = Frame | Gap | EndOfStream


class Source(Protocol):
    """A live camera or a recording."""

    @property
    def decode_errors(self) -> int:
        """Number of frames so far that could not be decoded or were damaged."""
        ...

    @property
    def dropped(self) -> int:
        """Number of frames so far that were dropped because the worker was behind."""
        ...

    @property
    def degraded_reason(self) -> str:
        """Why the camera is degraded although frames come in; empty if it is not."""
        ...

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Yield frames and gaps in time order until ``stop`` is set or the stream ends.

        A live source does not raise when its camera is unreachable: it yields gaps and
        reconnects.

        Raises:
            SourceError: The source can never be read, for example because the file is missing.
        """
        ...
