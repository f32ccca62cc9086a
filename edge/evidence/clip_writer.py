"""Write packets as a clip that browsers play: copied if no person is in it, else pixelated."""

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
from edge.sources.presentation import Presentation
from pipeline.geometry.boxes import Float32Array

MEDIA_TYPE = "video/mp4"
BROWSER_CODEC = "h264"
"""The codec that every browser plays."""
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
    """Return whether browsers play the packets and no person is in any of their frames."""
    times = [packet.at for packet in packets]
    return (
        packets[0].codec.name == BROWSER_CODEC
        and head_mask.is_empty
        and head_mask.is_observed_throughout(min(times), max(times))
    )


def copy_packets(packets: Sequence[EncodedPacket], file: Path) -> None:
    """Write the packets unchanged, starting at the first key frame."""
    with _open_mp4(file) as container:
        _mux(packets, container)


def mux_original(packets: Sequence[EncodedPacket]) -> bytes:
    """Return the packets unchanged as a Matroska file, without writing to disk."""
    file = BytesIO()
    with av.open(file, "w", format="matroska", options={"fflags": "+bitexact"}) as container:
        _mux(packets, container)
    return file.getvalue()


def write_redacted(
    packets: Sequence[EncodedPacket], head_mask: HeadMask, file: Path, *, since: datetime
) -> None:
    """Decode, pixelate every head and encode again.

    Frames at times that ``head_mask`` has not observed are left out.

    Raises:
        ClipError: No frame is left.
    """
    with _open_mp4(file) as container:
        out: VideoStream | None = None
        for at, picture in decode_packets(packets, since):
            if head_mask.is_observed(at):
                out = out or _encoder(container, picture)
                redacted = _redacted(picture, head_mask.regions_at(at), out)
                redacted.pts = round(to_ticks(at - since) / (TICKS_PER_S * TIME_BASE))
                redacted.time_base = TIME_BASE
                container.mux(out.encode(redacted))
        if out is None:
            raise ClipError(packets[0].at, "none of its frames may be shown")
        container.mux(out.encode(None))


def _mux(packets: Sequence[EncodedPacket], container: OutputContainer) -> None:
    times = [packet.at for packet in packets]
    base, step = min(times), to_ticks(max(times) - min(times)) // max(len(times) - 1, 1)
    with packets[0].codec.open_stream() as stream:
        out = container.add_stream_from_template(stream)
        if turns := packets[0].codec.quarter_turns:
            out.set_display_rotation(turns * 90)
        earliest = -to_ticks(packets[0].decode_lead)
        for encoded in packets:
            packet = _not_before(earliest, encoded.to_av_packet(base))
            earliest = (packet.dts or 0) + 1
            packet.stream, packet.duration = out, step  # else the last frame is not shown
            container.mux(packet)


def _not_before(dts: int, packet: "Packet[Stream]") -> "Packet[Stream]":
    """Move a packet to ``dts`` if it is earlier: times may go back when a clock is corrected."""
    packet.dts = max(packet.dts or 0, dts)
    packet.pts = max(packet.pts or 0, packet.dts)
    return packet


def _open_mp4(file: Path) -> OutputContainer:
    return av.open(str(file), "w", format="mp4", options=MP4_OPTIONS)


def decode_packets(
    packets: Sequence[EncodedPacket], since: datetime
) -> Iterator[tuple[datetime, av.VideoFrame]]:
    """Yield the frames captured at ``since`` or later as they are shown, in time order.

    Damaged frames are left out, and those whose time goes back.
    """
    base, last = packets[0].at, since - timedelta(microseconds=1)
    times = {to_ticks(packet.at - base): packet.at for packet in packets}
    with packets[0].codec.open_stream() as stream:
        presentation = Presentation.turned(packets[0].codec.quarter_turns, stream)
        for packet in (*(encoded.to_av_packet(base) for encoded in packets), None):
            for picture in _decode(stream, packet):
                at = times.get(picture.pts) if picture.pts is not None else None
                if at is not None and at > last:
                    last = at
                    yield at, presentation.apply(picture)


def _decode(stream: VideoStream, packet: "Packet[Stream] | None") -> list[av.VideoFrame]:
    try:
        return stream.codec_context.decode(packet)
    except FFmpegError:
        return []


def _encoder(container: OutputContainer, picture: av.VideoFrame) -> VideoStream:
    """Open an encoder for frames of this size, rounded to even width and height."""
    width = min(picture.width, MAX_WIDTH_PX)
    height = round(picture.height * width / picture.width)
    stream = container.add_stream("libx264", options=X264_OPTIONS)
    stream.width, stream.height, stream.pix_fmt = width & ~1, height & ~1, "yuv420p"
    stream.codec_context.time_base = TIME_BASE
    return stream


def _redacted(picture: av.VideoFrame, heads: Float32Array, out: VideoStream) -> av.VideoFrame:
    """Scale a frame and pixelate its heads, in YUV."""
    scaled = picture.reformat(
        width=out.width,
        height=out.height,
        format="yuv420p",
        interpolation=Interpolation.FAST_BILINEAR,
        threads=1,
    )
    planes = scaled.to_ndarray()
    luma, chroma = planes[: out.height], planes[out.height :]
    chroma_planes = chroma.reshape(2, out.height // 2, out.width // 2)
    pixelated = [pixelate(plane, heads) for plane in (luma, *chroma_planes)]
    chroma = np.concatenate(pixelated[1:]).reshape(chroma.shape)
    return av.VideoFrame.from_ndarray(np.concatenate([pixelated[0], chroma]), format="yuv420p")
