"""A recording through the pipeline of a camera, as fast as it goes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.sources.source import EndOfStream, Gap, SourceEvent
from pipeline.alert import Alert, CloseReason
from pipeline.camera import CameraPipeline
from pipeline.frame import Frame
from pipeline.ground.ground_plane import Ground
from scenarios.testing.stage import START

EventCallback = Callable[[SourceEvent, list[Alert]], None]
"""Is told of each event after the pipeline has taken it, and of the alerts that changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackResult:
    """What came of a recording.

    Args:
        alerts: All revisions, in the order in which they were told.
        frames: How many were looked at.
        length: From ``START`` to the last frame or gap.
        ground: What made metres of the frame, as it was at the end.
    """

    alerts: tuple[Alert, ...]
    frames: int
    length: timedelta
    ground: Ground


def play_events(
    events: Iterable[SourceEvent],
    pipeline: CameraPipeline,
    *,
    on_event: EventCallback | None = None,
) -> PlaybackResult:
    """Play a recording that starts at ``START``; at its end all that is open is closed."""
    told: list[Alert] = []
    frames, last = 0, START
    for event in events:
        frames += isinstance(event, Frame)
        last = max(last, event_time(event))
        changed = _pushed(event, pipeline)
        told += changed
        if on_event:
            on_event(event, changed)
    told += pipeline.close_alerts(last, CloseReason.SOURCE_ENDED)
    return PlaybackResult(
        alerts=tuple(told), frames=frames, length=last - START, ground=pipeline.ground
    )


def event_time(event: SourceEvent) -> datetime:
    """When an event was over."""
    match event:
        case Gap():
            return event.until
        case Frame() | EndOfStream():
            return event.at


def _pushed(event: SourceEvent, pipeline: CameraPipeline) -> list[Alert]:
    match event:
        case Frame():
            return pipeline.push(event)
        case Gap():
            return pipeline.record_gap(event.since, event.until)
        case EndOfStream():
            return pipeline.close_alerts(event.at, CloseReason.SOURCE_ENDED)
