"""A camera's stream, opened and decoded; whatever is wrong with it has a name."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from errno import EPROTONOSUPPORT
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

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
from edge.sources.on_demand_decoder import DecodePolicy, decode_every_packet
from edge.sources.onvif import is_onvif_url, resolve_stream_url

FIRST_PICTURE_TIMEOUT_S = 30.0
"""Seconds to the first picture: a camera that joins us in mid-stream has to come to a key frame."""
CONNECT_TIMEOUT_S = 5.0
"""Seconds for each step of opening a stream."""
OPTIONS = {
    "allowed_media_types": "video",
    "analyzeduration": "2000000",
    "fpsprobesize": "0",  # else the first pictures are two seconds old
}
RTSP_PORT = {"rtsp": 554, "rtsps": 322}


class RtspStream:
    """An open video stream; close it.

    Args:
        count_damaged: Told of each picture that came in damaged and is left out.

    Attributes:
        on_packet: Takes each packet once it is decoded: by then the time of its picture is known.
        decode_policy: Chooses what is decoded.
    """

    def __init__(
        self,
        container: InputContainer,
        address: CameraAddress,
        count_damaged: Callable[[], None] = lambda: None,
    ) -> None:
        self._container, self._way, self._damaged = container, address, count_damaged
        self.on_packet: Callable[[Packet[VideoStream]], None] = lambda _: None
        self.decode_policy: DecodePolicy = decode_every_packet
        self.video: VideoStream = container.streams.video[0]
        self.video.codec_context.thread_count = 1

    @classmethod
    def open(cls, address: CameraAddress, count_damaged: Callable[[], None] = lambda: None) -> Self:
        """Connect, and wait until it is known what the camera sends.

        Raises:
            StreamError: It cannot be reached, lets nobody in, or sends no video.
            SourceError: It is to be asked by ONVIF, and the extra is not installed.
        """
        if is_onvif_url(address.url):
            address = replace(
                address, url=resolve_stream_url(address.url, main=address.wants_main_stream)
            )
        try:
            container = _open(address)
        except (FFmpegError, OSError) as error:
            raise StreamError(str(address), _fault_of(error, address)) from None
        if not container.streams.video:
            container.close()
            raise StreamError(str(address), StreamFault.NO_VIDEO)
        return cls(container, address, count_damaged)

    def close(self) -> None:
        """Leave the camera."""
        self._container.close()

    def packets(self) -> "Iterator[Packet[VideoStream]]":
        """Give what comes in, until it ends.

        Raises:
            StreamError: Always, at last: the camera ended it, or fell silent.
        """
        try:
            for packet in self._container.demux(self.video):
                if packet.size:  # the last one, empty, asks for what the decoder holds
                    yield packet
                    self.on_packet(packet)
        except ExitError:
            raise StreamError(str(self._way), StreamFault.STALLED) from None
        except (FFmpegError, OSError):
            pass
        raise StreamError(str(self._way), StreamFault.ENDED)

    def pictures(self) -> Iterator[av.VideoFrame]:
        """Give sound pictures with a time of their own.

        Raises:
            StreamError: Always, at last; also when only old or damaged pictures come in.
        """
        last: int | None = None
        fresh_until = monotonic() + FIRST_PICTURE_TIMEOUT_S
        for packet in self.packets():
            for picture in self.decode_policy(packet, self.decode):
                if picture.pts == last:
                    continue
                last = picture.pts
                fresh_until = monotonic() + self._way.stall_after.total_seconds()
                yield picture
            if monotonic() > fresh_until:
                raise StreamError(str(self._way), StreamFault.STALLED)

    def decode(self, packet: "Packet[VideoStream]") -> list[av.VideoFrame]:
        """Decode a packet; what is damaged is told of and left out."""
        try:
            found = packet.decode()
        except FFmpegError:
            self._damaged()
            return []
        sound = []
        for picture in found:
            if picture.pts is None:
                continue
            if picture.is_corrupt:
                self._damaged()
            else:
                sound.append(picture)
        return sound


def _open(way: CameraAddress) -> InputContainer:
    if way.transport is not Transport.AUTO:
        return _open_by(way.transport, way)
    try:
        return _open_by(Transport.TCP, way)
    except OSError as error:
        if error.errno != EPROTONOSUPPORT:
            raise
        return _open_by(Transport.UDP, way)


def _open_by(transport: Transport, way: CameraAddress) -> InputContainer:
    return av.open(
        way.url,
        options={**OPTIONS, "rtsp_transport": str(transport)},
        timeout=(CONNECT_TIMEOUT_S, way.stall_after.total_seconds()),
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
"""The first that fits; what fits none is no video."""


def _fault_of(error: Exception, way: CameraAddress) -> StreamFault:
    """Name what FFmpeg has met; its own words may hold the password."""
    fault = next(
        (fault for kind, fault in _FAULTS if isinstance(error, kind)), StreamFault.NO_VIDEO
    )
    if fault is StreamFault.CREDENTIALS and not has_credentials(way.url):
        return StreamFault.NO_LOGIN
    if isinstance(error, OSError) and error.errno == EPROTONOSUPPORT:
        return StreamFault.TRANSPORT
    if fault is StreamFault.SILENT and not _answers(way.url):
        return StreamFault.UNREACHABLE
    return fault


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        port = parts.port or RTSP_PORT.get(parts.scheme, 554)
        socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT_S).close()
    except OSError:
        return False
    return True
