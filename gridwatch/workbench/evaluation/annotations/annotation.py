"""What a truth file says of a published annotation, and what is common to all formats."""

from collections.abc import Iterable
from typing import Literal

import msgspec

Span = tuple[float, float]
"""From and until, in seconds of the clip."""


class Annotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published file with events or tracks.

    Args:
        file: Relative to the folder of the truth file.
        format: ``actev`` (NIST ActEV, JSON), ``kpf`` (VIRAT and MEVA, ``activities.yml``),
            ``virat`` (VIRAT 2.0, ``viratdata.events.txt``), ``ilids`` (i-LIDS, ``index.xml``) or
            ``mot`` (MOT Challenge, ``gt.txt``).
        clip: Its name in a file about several clips, if it differs.
        activities: The names that are the happening; VIRAT numbers them from ``"1"``. Not for
            ``ilids`` and ``mot``.
        fps: Frames a second of the clip; required for all formats that count frames.
        people: ``mot``: so many people in the zone are a happening.
        frame_size: ``mot``: width and height of the frame in pixels.
        join_s: Spans that are closer than this are one happening.
        lead_s: The happening begins so long before the annotated event: i-LIDS states when the
            alarm is due, for a parked vehicle 60 s after it has stopped.
    """

    file: str
    format: Literal["actev", "ilids", "kpf", "mot", "virat"]
    clip: str = ""
    activities: tuple[str, ...] = ()
    fps: float | None = None
    people: int = 1
    frame_size: tuple[int, int] | None = None
    join_s: float = 1.0
    lead_s: float = 0.0


def join_spans(spans: Iterable[Span], *, join_s: float) -> tuple[Span, ...]:
    """Return the spans in order, with those that overlap or nearly meet as one.

    Args:
        join_s: The longest pause inside a span, in seconds.
    """
    joined: list[Span] = []
    for since, until in sorted(spans):
        if joined and since - joined[-1][1] <= join_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return tuple(joined)
