"""A cable between a real camera and who watches it, which spoils what a bad one would."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.edge.rtsp_cameras import RunningCamera

SECOND = 90_000
"""RTP counts so many a second."""
PICTURES = 0
"""The channel of RTSP over TCP that pictures take."""


class LossyLink:
    """Hands on RTSP over TCP, a packet at a time.

    Attributes:
        ahead: Seconds by which the times of all further pictures lie ahead.
        loses: Every so many packets of pictures one is lost; 0 loses none.
        flips: Every so many one has a few bits turned.
    """

    def __init__(self, camera: RunningCamera) -> None:
        self.ahead = self.loses = self.flips = 0
        self._camera, self._count = camera, 0
        self._listens = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the camera is to be had through it."""
        return self._camera.url.replace(str(self._camera.port), str(self._listens.getsockname()[1]))

    def close(self) -> None:
        self._listens.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                viewer, _ = self._listens.accept()
                camera = socket.create_connection(("127.0.0.1", self._camera.port))
                for task, ends in ((self._up, (viewer, camera)), (self._down, (camera, viewer))):
                    threading.Thread(target=task, args=ends, daemon=True).start()

    def _up(self, viewer: socket.socket, camera: socket.socket) -> None:
        with suppress(OSError), viewer, camera:
            while data := viewer.recv(65536):
                camera.sendall(data)

    def _down(self, camera: socket.socket, viewer: socket.socket) -> None:
        with suppress(OSError), viewer, camera, camera.makefile("rb") as read:
            while first := read.read(1):
                if first != b"$":
                    viewer.sendall(first + read.readline())  # a line of an answer
                    continue
                head = read.read(3)
                packet = read.read(int.from_bytes(head[1:], "big"))
                if head[0] == PICTURES:
                    packet = self._spoilt(packet)
                if packet:
                    viewer.sendall(b"$" + head[:1] + len(packet).to_bytes(2, "big") + packet)

    def _spoilt(self, packet: bytes) -> bytes:
        self._count += 1
        if self.loses and self._count % self.loses == 0:
            return b""
        time = int.from_bytes(packet[4:8], "big") + self.ahead * SECOND
        body = packet[12:]
        if self.flips and self._count % self.flips == 0 and len(body) > 60:
            body = body[:40] + bytes(byte ^ 0x55 for byte in body[40:50]) + body[50:]
        return packet[:4] + (time % 2**32).to_bytes(4, "big") + packet[8:12] + body


@contextmanager
def lossy_link(camera: RunningCamera) -> Iterator[LossyLink]:
    """Lay one, until the block ends."""
    cable = LossyLink(camera)
    try:
        yield cable
    finally:
        cable.close()
