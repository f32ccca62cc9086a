"""Do two streams of a camera show the same? Only then boxes of one may hide heads in the other."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise

import cv2
import numpy as np
from av import VideoFrame

from edge.evidence.clip_writer import decode_packets
from edge.sources.packets import EncodedPacket
from edge.sources.picture import AvPicture
from pipeline.frame import Size
from pipeline.geometry.boxes import Float32Array

COMPARED_SIZE = Size(64, 36)
MIN_CORRELATION = 0.75
"""Correlation of two pictures of one view, without what is brighter at large. Measured on the
clips: 0.95 to 1 for one picture coded twice, at most 0.73 where one shows a tenth less, 0.56 where
it is cut to 4:3, 0.1 for another camera."""
MIN_CONTRAST = 1.0
"""Grey levels: pictures with less in them are of the night, and show nobody."""
MAX_COMPARISONS = 3
"""Key frames that are compared: one of them may be damaged."""
MAX_TIME_DIFFERENCE = timedelta(milliseconds=250)


def is_complete(
    main: Sequence[EncodedPacket], sub: Sequence[EncodedPacket], *, since: datetime
) -> bool:
    """Tell whether ``main`` shows all that ``sub`` shows from ``since`` on, without a hole."""
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
    """Tell whether fractions of the frame mean the same place in both.

    Sub-streams are often squeezed to another shape, which is the same view, and sometimes cut,
    or of another camera, which is not. Sizes do not tell; the pictures do.

    Args:
        main: Packets of some seconds, a key frame first, as ``sub``.
    """
    return any(_alike(one, other) for one, other in islice(_pairs(main, sub), MAX_COMPARISONS))


def _pairs(
    main: Sequence[EncodedPacket], sub: Sequence[EncodedPacket]
) -> Iterator[tuple[VideoFrame, VideoFrame]]:
    """Give key frames of one with the picture of the other of the same moment."""
    for key in (packet for packet in main if packet.is_key):
        shown = next((picture for _, picture in decode_packets([key], key.at)), None)
        other = _at(sub, key.at)
        if shown is not None and other is not None:
            yield shown, other


def _at(packets: Sequence[EncodedPacket], at: datetime) -> VideoFrame | None:
    """Decode the picture of ``at``, from the key frame before; ``None`` if it is not there."""
    keys = [n for n, packet in enumerate(packets) if packet.is_key and packet.at <= at]
    wanted = [n for n, packet in enumerate(packets) if packet.at <= at + MAX_TIME_DIFFERENCE]
    if not keys or not wanted:
        return None
    group = packets[keys[-1] : wanted[-1] + 1]
    near = {
        abs(time - at): picture for time, picture in decode_packets(group, at - MAX_TIME_DIFFERENCE)
    }
    return near[min(near)] if near else None


def _alike(one: VideoFrame, other: VideoFrame) -> bool:
    first, second = _details(one), _details(other)
    if max(first.std(), second.std()) < MIN_CONTRAST:
        return True
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1]) > MIN_CORRELATION


def _details(picture: VideoFrame) -> Float32Array:
    """Scale to few pixels, each by how it differs from those around."""
    shown = AvPicture(picture)
    width, height = shown.size
    large = shown.rgb(
        Size(min(width, 10 * COMPARED_SIZE.width), min(height, 10 * COMPARED_SIZE.height))
    )
    grey = cv2.cvtColor(
        cv2.resize(large, COMPARED_SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    exact = grey.astype(np.float32)
    return np.asarray(exact - cv2.blur(exact, (15, 15)), np.float32)
