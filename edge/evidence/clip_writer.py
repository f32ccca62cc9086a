"""Packets to a clip that a browser plays: copied if nobody is to be seen, else pixelated."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream

from edge.errors import ClipError
from edge.evidence.head_mask import HeadMask
from edge.evidence.redaction import pixelate
from edge.sources.packets import TICKS_PER_S, EncodedPacket, to_ticks
from pipeline.geometry.boxes import Float32Array

MEDIA_TYPE = "video/mp4"
BROWSER_CODEC = "h264"
"""What every browser plays as it is."""
MAX_WIDTH_PX = 1280
TIME_BASE = Fraction(1, 90_000)
MP4_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}
X264_OPTIONS = {
    "preset": "veryfast",
    "crf": "27",
    "profile": "main",
    "threads": "1",
    "bf": "0",
    "x264-params": "keyint=50:scenecut=0",
}


def can_be_copied(packets: Sequence[EncodedPacket], head_mask: HeadMask) -> bool:
    """Tell whether a browser plays the packets, and nobody is to be seen in any of them."""
    times = [packet.at for packet in packets]
    return (
        packets[0].codec.name == BROWSER_CODEC
        and head_mask.is_empty
        and head_mask.is_observed_throughout(min(times), max(times))
    )


def copy_packets(packets: Sequence[EncodedPacket], file: Path) -> None:
    """Write the packets as they are; it begins at the key frame, which may be earlier."""
    with _writing(file) as container:
        _mux(packets, container)


def mux_original(packets: Sequence[EncodedPacket]) -> bytes:
    """Give the packets as they are, as a file that touches no disk."""
    file = BytesIO()
    with av.open(file, "w", format="matroska", options={"fflags": "+bitexact"}) as container:
        _mux(packets, container)
    return file.getvalue()


def write_redacted(
    packets: Sequence[EncodedPacket], head_mask: HeadMask, file: Path, *, since: datetime
) -> None:
    """Decode, pixelate every head, encode anew; what ``head_mask`` does not vouch for is left out.

    Raises:
        ClipError: Not one picture is left.
    """
    with _writing(file) as container:
        out: VideoStream | None = None
        for at, picture in decode_packets(packets, since):
            if head_mask.is_observed(at):
                out = out or _encoder(container, picture)
                hidden = _hidden(picture, head_mask.regions_at(at), out)
                hidden.pts, hidden.time_base = (
                    round(to_ticks(at - since) / (TICKS_PER_S * TIME_BASE)),
                    TIME_BASE,
                )
                container.mux(out.encode(hidden))
        if out is None:
            raise ClipError(packets[0].at, "no picture of it can be shown")
        container.mux(out.encode(None))


def _mux(packets: Sequence[EncodedPacket], container: OutputContainer) -> None:
    times = [packet.at for packet in packets]
    base, step = min(times), to_ticks(max(times) - min(times)) // max(len(times) - 1, 1)
    with packets[0].codec.open_stream() as stream:
        out = container.add_stream_from_template(stream)
        earliest = -to_ticks(packets[0].decode_lead)
        for each in packets:
            packet = _not_before(earliest, each.to_av_packet(base))
            earliest = (packet.dts or 0) + 1
            packet.stream, packet.duration = out, step  # without it the last picture is not shown
            container.mux(packet)


def _not_before(dts: int, packet: "Packet[Stream]") -> "Packet[Stream]":
    """Move a packet up to ``dts``: a live camera's time, once corrected, may have gone back."""
    packet.dts = max(packet.dts or 0, dts)
    packet.pts = max(packet.pts or 0, packet.dts)
    return packet


def _writing(file: Path) -> OutputContainer:
    return av.open(str(file), "w", format="mp4", options=MP4_OPTIONS)


def decode_packets(
    packets: Sequence[EncodedPacket], since: datetime
) -> Iterator[tuple[datetime, av.VideoFrame]]:
    """Decode what was taken at ``since`` or later, in the order of time.

    Damaged pictures are left out, and those of a time that has gone back.
    """
    base, last = packets[0].at, since - timedelta(microseconds=1)
    times = {to_ticks(packet.at - base): packet.at for packet in packets}
    with packets[0].codec.open_stream() as stream:
        for packet in (*(each.to_av_packet(base) for each in packets), None):
            for picture in _decoded(stream, packet):
                at = times.get(picture.pts) if picture.pts is not None else None
                if at is not None and at > last:
                    last = at
                    yield at, picture


def _decoded(stream: VideoStream, packet: "Packet[Stream] | None") -> list[av.VideoFrame]:
    try:
        return stream.codec_context.decode(packet)
    except FFmpegError:
        return []


def _encoder(container: OutputContainer, picture: av.VideoFrame) -> VideoStream:
    """Open an encoder for pictures like this one, even in width and height."""
    width = min(picture.width, MAX_WIDTH_PX)
    height = round(picture.height * width / picture.width)
    stream = container.add_stream("libx264", options=X264_OPTIONS)
    stream.width, stream.height, stream.pix_fmt = width & ~1, height & ~1, "yuv420p"
    stream.codec_context.time_base = TIME_BASE
    return stream


def _hidden(picture: av.VideoFrame, heads: Float32Array, out: VideoStream) -> av.VideoFrame:
    """Scale a picture and pixelate its heads, without leaving YUV."""
    scaled = picture.reformat(
        width=out.width,
        height=out.height,
        format="yuv420p",
        interpolation=Interpolation.FAST_BILINEAR,
        threads=1,
    )
    planes = scaled.to_ndarray()
    brightness, colours = planes[: out.height], planes[out.height :]
    halves = colours.reshape(2, out.height // 2, out.width // 2)
    shown = [pixelate(plane, heads) for plane in (brightness, *halves)]
    joined = np.concatenate([shown[0], np.concatenate(shown[1:]).reshape(colours.shape)])
    return av.VideoFrame.from_ndarray(joined, format="yuv420p")
