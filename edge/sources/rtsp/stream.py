"""An RTSP connection: open it, read and decode its packets, and name what is wrong with it."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from errno import EPROTONOSUPPORT
from time import monotonic
from typing import Self
from urllib.parse import urlsplit
from zlib import crc32

import av
from av.container import InputContainer
from av.error import EOFError as StreamEndError
from av.error import (
    ExitError,
    FFmpegError,
    HTTPClientError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPServerError,
    HTTPUnauthorizedError,
)
from av.packet import Packet
from av.video.stream import VideoStream

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress, Transport, has_credentials
from edge.sources.on_demand_decoder import DecodeStrategy, decode_every_packet
from edge.sources.onvif import is_onvif_url, resolve_stream_url

FIRST_PICTURE_TIMEOUT_S = 30.0
"""Time until the first frame: decoding can only start at the camera's next key frame."""
CONNECT_TIMEOUT_S = 5.0
"""Timeout of each step of opening a stream."""
OPTIONS = {
    "allowed_media_types": "video",
    "analyzeduration": "2000000",
    "fpsprobesize": "0",  # else the first frames are two seconds old
}
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322}


class RtspStream:
    """An open video stream; close it after use.

    Args:
        count_damaged: Called for each damaged frame, which is left out.
    """

    def __init__(
        self,
        container: InputContainer,
        address: CameraAddress,
        count_damaged: Callable[[], None] = lambda: None,
    ) -> None:
        self._container, self._address = container, address
        self._count_damaged = count_damaged
        self.video: VideoStream = container.streams.video[0]
        self.video.codec_context.thread_count = 1

    @classmethod
    def open(cls, address: CameraAddress, count_damaged: Callable[[], None] = lambda: None) -> Self:
        """Connect to a camera and wait until the format of its stream is known.

        Raises:
            StreamError: The camera is unreachable, refuses the connection, or sends no video.
            SourceError: The address needs ONVIF, and the optional package is not installed.
        """
        if is_onvif_url(address.url):
            url = resolve_stream_url(address.url, main=address.wants_main_stream)
            address = replace(address, url=url)
        try:
            container = _open(address)
        except (FFmpegError, OSError) as error:
            raise StreamError(str(address), _fault_of(error, address)) from None
        if not container.streams.video:
            container.close()
            raise StreamError(str(address), StreamFault.NO_VIDEO)
        return cls(container, address, count_damaged)

    def close(self) -> None:
        """Disconnect from the camera."""
        self._container.close()

    def packets(self) -> "Iterator[Packet[VideoStream]]":
        """Yield the packets of the stream until it ends.

        Raises:
            StreamError: Always, at the end: the camera ended the stream or went silent.
        """
        try:
            for packet in self._container.demux(self.video):
                if packet.size:  # the last packet is empty and flushes the decoder
                    yield packet
        except ExitError:
            raise StreamError(str(self._address), StreamFault.STALLED) from None
        except (FFmpegError, OSError):
            pass
        raise StreamError(str(self._address), StreamFault.ENDED)

    def pictures(
        self,
        *,
        on_packet: "Callable[[Packet[VideoStream]], None] | None" = None,
        decode: DecodeStrategy = decode_every_packet,
    ) -> Iterator[av.VideoFrame]:
        """Yield the undamaged frames that have a time.

        Args:
            on_packet: Called with each packet after it was decoded, when the time of its frame
                is known.
            decode: Selects the packets to decode.

        Raises:
            StreamError: Always, at the end; also if only repeated or damaged frames come in.
        """
        last: av.VideoFrame | None = None
        deadline = monotonic() + FIRST_PICTURE_TIMEOUT_S
        for packet in self.packets():
            for picture in decode(packet, self.decode):
                if last is not None and _is_repeated(picture, last):
                    continue
                last = picture
                deadline = monotonic() + self._address.stall_after.total_seconds()
                yield picture
            if monotonic() > deadline:
                raise StreamError(str(self._address), StreamFault.STALLED)
            if on_packet is not None:
                on_packet(packet)

    def decode(self, packet: "Packet[VideoStream]") -> list[av.VideoFrame]:
        """Decode a packet; damaged frames are counted and left out."""
        try:
            decoded = packet.decode()
        except FFmpegError:
            self._count_damaged()
            return []
        pictures = []
        for picture in decoded:
            if picture.pts is None:
                continue
            if picture.is_corrupt:
                self._count_damaged()
            else:
                pictures.append(picture)
        return pictures


def _is_repeated(picture: av.VideoFrame, last: av.VideoFrame) -> bool:
    """Return whether a frame is the last one again; the timestamps of some cameras stand still."""
    return picture.pts == last.pts and crc32(picture.planes[0]) == crc32(last.planes[0])


def _open(address: CameraAddress) -> InputContainer:
    if address.transport is not Transport.AUTO:
        return _open_by(address.transport, address)
    try:
        return _open_by(Transport.TCP, address)
    except OSError as error:
        if error.errno != EPROTONOSUPPORT:
            raise
        return _open_by(Transport.UDP, address)


def _open_by(transport: Transport, address: CameraAddress) -> InputContainer:
    return av.open(
        address.url,
        options={**OPTIONS, "rtsp_transport": str(transport)},
        timeout=(CONNECT_TIMEOUT_S, address.stall_after.total_seconds()),
    )


_FAULTS: tuple[tuple[type[Exception], StreamFault], ...] = (
    (HTTPUnauthorizedError, StreamFault.CREDENTIALS),
    (HTTPForbiddenError, StreamFault.CREDENTIALS),
    (HTTPNotFoundError, StreamFault.NO_SUCH_STREAM),
    (HTTPClientError, StreamFault.REFUSED),
    (HTTPServerError, StreamFault.REFUSED),
    (ExitError, StreamFault.SILENT),
    (StreamEndError, StreamFault.ENDED),
    (OSError, StreamFault.UNREACHABLE),
)
"""The first class that matches decides; any other error means that there is no video."""


def _fault_of(error: Exception, address: CameraAddress) -> StreamFault:
    """Classify an error of FFmpeg; its own text may contain the password."""
    faults = (fault for kind, fault in _FAULTS if isinstance(error, kind))
    fault = next(faults, StreamFault.NO_VIDEO)
    if fault is StreamFault.CREDENTIALS and not has_credentials(address.url):
        return StreamFault.NO_LOGIN
    if isinstance(error, OSError) and error.errno == EPROTONOSUPPORT:
        return StreamFault.TRANSPORT
    if fault is StreamFault.SILENT and not _accepts_connections(address.url):
        return StreamFault.UNREACHABLE
    return fault


def _accepts_connections(url: str) -> bool:
    parts = urlsplit(url)
    try:
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 554)
        socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT_S).close()
    except OSError:
        return False
    return True
