"""A network link to a real camera that loses and damages packets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.edge.rtsp_cameras import RunningCamera

SECOND = 90_000
"""RTP clock ticks per second."""
VIDEO_CHANNEL = 0
"""The interleaved channel of the video."""


class LossyLink:
    """Forward RTSP over TCP, one packet at a time.

    Attributes:
        clock_offset_s: Seconds added to the times of all further frames.
        lose_every: One of so many video packets is lost; 0 loses none.
        damage_every: One of so many video packets is damaged; 0 damages none.
    """

    def __init__(self, camera: RunningCamera) -> None:
        self.clock_offset_s = self.lose_every = self.damage_every = 0
        self._camera, self._count = camera, 0
        self._listens = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """The URL of the camera through the link."""
        return self._camera.url.replace(str(self._camera.port), str(self._listens.getsockname()[1]))

    def close(self) -> None:
        self._listens.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                viewer, _ = self._listens.accept()
                camera = socket.create_connection(("127.0.0.1", self._camera.port))
                for task, ends in (
                    (self._forward_requests, (viewer, camera)),
                    (self._forward_responses, (camera, viewer)),
                ):
                    threading.Thread(target=task, args=ends, daemon=True).start()

    def _forward_requests(self, viewer: socket.socket, camera: socket.socket) -> None:
        with suppress(OSError), viewer, camera:
            while data := viewer.recv(65536):
                camera.sendall(data)

    def _forward_responses(self, camera: socket.socket, viewer: socket.socket) -> None:
        with suppress(OSError), viewer, camera, camera.makefile("rb") as read:
            while first := read.read(1):
                if first != b"$":
                    viewer.sendall(first + read.readline())  # a line of an answer
                    continue
                head = read.read(3)
                packet = read.read(int.from_bytes(head[1:], "big"))
                if head[0] == VIDEO_CHANNEL:
                    packet = self._damage(packet)
                if packet:
                    viewer.sendall(b"$" + head[:1] + len(packet).to_bytes(2, "big") + packet)

    def _damage(self, packet: bytes) -> bytes:
        self._count += 1
        if self.lose_every and self._count % self.lose_every == 0:
            return b""
        time = int.from_bytes(packet[4:8], "big") + self.clock_offset_s * SECOND
        body = packet[12:]
        if self.damage_every and self._count % self.damage_every == 0 and len(body) > 60:
            body = body[:40] + bytes(byte ^ 0x55 for byte in body[40:50]) + body[50:]
        return packet[:4] + (time % 2**32).to_bytes(4, "big") + packet[8:12] + body


@contextmanager
def lossy_link(camera: RunningCamera) -> Iterator[LossyLink]:
    """Run a link until the block ends."""
    link = LossyLink(camera)
    try:
        yield link
    finally:
        link.close()
