"""Play a recording through the pipeline of a camera, as fast as possible."""

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
"""Called after the pipeline has processed an event, with the alerts that changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackResult:
    """The outcome of a playback.

    Args:
        alerts: All revisions, in the order in which they were published.
        frames: The number of frames processed.
        length: Time from ``START`` to the last frame or gap.
        ground: The ground of the camera at the end.
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
    """Play a recording that starts at ``START``; close all open alerts at its end."""
    alerts: list[Alert] = []
    frames, last = 0, START
    for event in events:
        frames += isinstance(event, Frame)
        last = max(last, event_time(event))
        changed = _push(event, pipeline)
        alerts += changed
        if on_event:
            on_event(event, changed)
    alerts += pipeline.close_alerts(last, CloseReason.SOURCE_ENDED)
    return PlaybackResult(
        alerts=tuple(alerts), frames=frames, length=last - START, ground=pipeline.ground
    )


def event_time(event: SourceEvent) -> datetime:
    """Return the time of a frame, or the end of a gap."""
    match event:
        case Gap():
            return event.until
        case Frame() | EndOfStream():
            return event.at


def _push(event: SourceEvent, pipeline: CameraPipeline) -> list[Alert]:
    match event:
        case Frame():
            return pipeline.push(event)
        case Gap():
            return pipeline.record_gap(event.since, event.until)
        case EndOfStream():
            return pipeline.close_alerts(event.at, CloseReason.SOURCE_ENDED)
