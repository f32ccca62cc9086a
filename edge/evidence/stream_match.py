"""Compare two streams of a camera; only if they show the same view do bounding boxes fit both."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise

import cv2
import numpy as np
from av import VideoFrame

from edge.evidence.clip_writer import decode_packets
from edge.sources.decoded_picture import AvPicture
from edge.sources.packets import EncodedPacket
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

COMPARED_SIZE = Size(64, 36)
MIN_CORRELATION = 0.75
"""Smallest correlation of the local detail of two frames of one view.

Measured: 0.95 to 1 for a frame encoded twice, at most 0.73 if one is cropped by a tenth, 0.56 if
it is cropped to 4:3, 0.1 for another camera.
"""
MIN_CONTRAST = 1.0
"""Standard deviation in grey levels; frames with less are dark and show nobody."""
MAX_COMPARISONS = 3
"""Key frames to compare, because one may be damaged."""
MAX_TIME_DIFFERENCE = timedelta(milliseconds=250)


def is_complete(
    main: Sequence[EncodedPacket], sub: Sequence[EncodedPacket], *, since: datetime
) -> bool:
    """Return whether ``main`` covers all that ``sub`` covers from ``since`` on, without a gap."""
    if not (main and sub):
        return False
    slack = timedelta(seconds=1)
    times = sorted(packet.at for packet in main)
    ends = max(packet.at for packet in sub)
    steps = pairwise(times)
    return (
        times[0] <= max(since, sub[0].at) + slack
        and times[-1] >= ends - slack
        and all(late - early <= 2 * slack for early, late in steps)
    )


def have_same_view(main: Sequence[EncodedPacket], sub: Sequence[EncodedPacket]) -> bool:
    """Return whether a position in fractions of the frame is the same point in both streams.

    A sub-stream may be scaled to another aspect ratio, which keeps the view. It may also be
    cropped or come from another camera, which does not. Frame sizes cannot tell these apart.

    Args:
        main: Packets of some seconds, starting with a key frame.
        sub: Packets of the same time, starting with a key frame.
    """
    return any(
        _is_alike(first, second) for first, second in islice(_pairs(main, sub), MAX_COMPARISONS)
    )


def _pairs(
    main: Sequence[EncodedPacket], sub: Sequence[EncodedPacket]
) -> Iterator[tuple[VideoFrame, VideoFrame]]:
    """Yield each key frame of ``main`` with the frame of ``sub`` of the same time."""
    for key in (packet for packet in main if packet.is_key):
        main_frame = next((picture for _, picture in decode_packets([key], key.at)), None)
        sub_frame = _frame_at(sub, key.at)
        if main_frame is not None and sub_frame is not None:
            yield main_frame, sub_frame


def _frame_at(packets: Sequence[EncodedPacket], at: datetime) -> VideoFrame | None:
    """Decode the frame closest to ``at``; return ``None`` if there is none."""
    keys = [n for n, packet in enumerate(packets) if packet.is_key and packet.at <= at]
    inside = [n for n, packet in enumerate(packets) if packet.at <= at + MAX_TIME_DIFFERENCE]
    if not keys or not inside:
        return None
    group = packets[keys[-1] : inside[-1] + 1]
    near = {
        abs(time - at): picture for time, picture in decode_packets(group, at - MAX_TIME_DIFFERENCE)
    }
    return near[min(near)] if near else None


def _is_alike(first: VideoFrame, second: VideoFrame) -> bool:
    detail, other_detail = _local_detail(first), _local_detail(second)
    if max(detail.std(), other_detail.std()) < MIN_CONTRAST:
        return True
    return float(np.corrcoef(detail.ravel(), other_detail.ravel())[0, 1]) > MIN_CORRELATION


def _local_detail(picture: VideoFrame) -> Float32Array:
    """Scale a frame down and subtract the mean of each pixel's neighbourhood."""
    frame = AvPicture(picture)
    width, height = frame.size
    large = frame.rgb(
        Size(min(width, 10 * COMPARED_SIZE.width), min(height, 10 * COMPARED_SIZE.height))
    )
    grey = cv2.cvtColor(
        cv2.resize(large, COMPARED_SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    exact = grey.astype(np.float32)
    return np.asarray(exact - cv2.blur(exact, (15, 15)), np.float32)
