"""An RTSP camera: GStreamer's server, run by the system's Python.

Started as ``python3 rtsp_server.py JSON`` with ``port``, ``codec`` (h264, h265), ``film``,
``fps``, ``user``, ``password``, ``udp_only``, ``in_step`` and ``clock`` (start of the RTP time).
Prints ``ready`` and reads commands, one a line: ``freeze``, ``hold`` (send nothing, then everything
at once), ``go``, ``damage`` or ``film PATH``.

A film is encoded frames, each preceded by its length in four bytes; every client sees it from the
start, in a loop. Cameras in step show the same frame at the same time: a client that joins sees the
frame that is due.
"""

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import gi  # type: ignore[import-not-found]  # the system's, not ours

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import (  # type: ignore[import-not-found]  # noqa: E402  # as above
    GLib,
    Gst,
    GstApp,
    GstRtsp,
    GstRtspServer,
)

METHODS = GstApp
"""Importing it adds the methods of appsrc."""
LAUNCH = (
    "( appsrc name=film format=time {live}"
    ' caps="video/x-{codec},stream-format=byte-stream,alignment=au"'
    " ! {codec}parse ! rtp{codec}pay name=pay0 pt=96 timestamp-offset={clock} )"
)
AS_IT_COMES = "is-live=true do-timestamp=true"
"""Timestamps are the time of the push: otherwise frames are late by the client's start-up."""


class Camera:
    """The stream that all clients see, and its current faults."""

    def __init__(self, film: str, fps: int, *, in_step: bool = False) -> None:
        self.film = pictures(Path(film))
        self.fps, self.in_step = fps, in_step
        self.frozen = self.held = False
        self.damaged = 0

    def run_command(self, _: object, __: object) -> bool:
        """Run one command of standard input; exit at its end."""
        word, _, rest = sys.stdin.readline().strip().partition(" ")
        match word:
            case "freeze" | "go":
                self.frozen, self.held = word == "freeze", False
            case "hold":
                self.held = True
            case "film":
                self.film = pictures(Path(rest))
            case "damage":
                self.damaged = self.fps
            case _:
                sys.exit(0)
        return True

    def serve(self, _: object, media: Any) -> None:  # noqa: ANN401  # GStreamer has no types
        """Feed the stream of a client until it disconnects."""
        source = media.get_element().get_by_name_recurse_up("film")
        feed = self.feed(source)
        timer = GLib.timeout_add(1000 // self.fps, lambda: next(feed))
        media.connect("unprepared", lambda _: GLib.source_remove(timer))

    def feed(self, source: Any) -> Iterator[bool]:  # noqa: ANN401  # as above
        """Push the frames that are due, at each turn, unless the camera is frozen or held."""
        began, n, taken, film = monotonic(), self.first(), 0, self.film
        while True:
            yield True
            if film is not self.film:
                n, film = 0, self.film
            while not self.held and taken <= (monotonic() - began) * self.fps:
                if not self.frozen:
                    self.push(source, film[n % len(film)], taken / self.fps)
                    n += 1
                taken += 1

    def push(self, source: Any, picture: bytes, second: float) -> None:  # noqa: ANN401  # as above
        """Push a frame."""
        buffer = Gst.Buffer.new_wrapped(self.damage(picture))
        buffer.pts = buffer.dts = round(second * Gst.SECOND)
        source.emit("push-buffer", buffer)

    def first(self) -> int:
        """Return the first frame of a client; its decoder waits for the next key frame."""
        return int(monotonic() * self.fps) if self.in_step else 0

    def damage(self, picture: bytes) -> bytes:
        """Return the frame, damaged as by a bad cable if asked for."""
        if not self.damaged:
            return picture
        self.damaged -= 1
        return picture[:12] + bytes(255 - byte for byte in picture[12:])


def pictures(film: Path) -> list[bytes]:
    """Read encoded frames, each preceded by its length."""
    data, packets = film.read_bytes(), []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        packets.append(data[4 : 4 + length])
        data = data[4 + length :]
    return packets


def main() -> None:
    """Serve until standard input ends."""
    options = json.loads(sys.argv[1])
    Gst.init(None)
    camera = Camera(options["film"], options["fps"], in_step=options.get("in_step", False))
    factory = GstRtspServer.RTSPMediaFactory()
    live = AS_IT_COMES if camera.in_step else ""
    factory.set_launch(
        LAUNCH.format(codec=options["codec"], clock=options.get("clock", 0), live=live)
    )
    factory.connect("media-configure", camera.serve)
    if options.get("udp_only"):
        factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options["port"]))
    if options.get("user"):
        require_login(server, factory, options["user"], options["password"])
    server.get_mount_points().add_factory("/main", factory)
    server.attach(None)
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, camera.run_command)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def require_login(server: Any, factory: Any, user: str, password: str) -> None:  # noqa: ANN401  # as above
    """Require the user name and password."""
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for action in ("access", "construct"):
        permissions.add_permission_for_role("viewer", f"media.factory.{action}", True)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main()
