"""A real RTSP camera: GStreamer's server, run by the system's Python.

Started as ``python3 rtsp_server.py JSON`` with ``port``, ``codec`` (h264, h265), ``film``,
``fps``, ``user``, ``password``, ``udp_only``, ``in_step`` and ``clock``, where RTP time begins;
tells ``ready`` and does what it reads, a word a line: ``freeze``, ``hold`` (as a network that falls
silent, then brings all at once), ``go``, ``damage``, or ``film PATH``.
A film is encoded pictures, each behind its length in four bytes; every client sees it from its
beginning, over and over. Cameras in step show at each moment what the others do: whoever joins sees
the picture that is due.
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
"""Imported, it gives appsrc its methods."""
LAUNCH = (
    "( appsrc name=film format=time {live}"
    ' caps="video/x-{codec},stream-format=byte-stream,alignment=au"'
    " ! {codec}parse ! rtp{codec}pay name=pay0 pt=96 timestamp-offset={clock} )"
)
AS_IT_COMES = "is-live=true do-timestamp=true"
"""A picture's time is when it is pushed: otherwise it is late by what a client took to begin."""


class Camera:
    """What all clients see, and what is wrong with it now."""

    def __init__(self, film: str, fps: int, *, in_step: bool = False) -> None:
        self.film = pictures(Path(film))
        self.fps, self.in_step = fps, in_step
        self.frozen = self.held = False
        self.damaged = 0

    def obey(self, _: object, __: object) -> bool:
        """Do what one line of standard input says; end with it."""
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
        """Feed a client's stream until it leaves."""
        source = media.get_element().get_by_name_recurse_up("film")
        feed = self.feed(source)
        timer = GLib.timeout_add(1000 // self.fps, lambda: next(feed))
        media.connect("unprepared", lambda _: GLib.source_remove(timer))

    def feed(self, source: Any) -> Iterator[bool]:  # noqa: ANN401  # as above
        """Give the pictures that are due by the clock, a turn at a time, unless it is frozen."""
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
        """Send a picture."""
        buffer = Gst.Buffer.new_wrapped(self.sent(picture))
        buffer.pts = buffer.dts = round(second * Gst.SECOND)
        source.emit("push-buffer", buffer)

    def first(self) -> int:
        """Tell which picture a client sees first; its decoder waits for the next key frame."""
        return int(monotonic() * self.fps) if self.in_step else 0

    def sent(self, picture: bytes) -> bytes:
        """Spoil what a bad cable would."""
        if not self.damaged:
            return picture
        self.damaged -= 1
        return picture[:12] + bytes(255 - byte for byte in picture[12:])


def pictures(film: Path) -> list[bytes]:
    """Read encoded pictures, each behind its length."""
    data, found = film.read_bytes(), []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found


def main() -> None:
    """Serve until standard input ends."""
    told = json.loads(sys.argv[1])
    Gst.init(None)
    camera = Camera(told["film"], told["fps"], in_step=told.get("in_step", False))
    factory = GstRtspServer.RTSPMediaFactory()
    live = AS_IT_COMES if camera.in_step else ""
    factory.set_launch(LAUNCH.format(codec=told["codec"], clock=told.get("clock", 0), live=live))
    factory.connect("media-configure", camera.serve)
    if told.get("udp_only"):
        factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(told["port"]))
    if told.get("user"):
        lock(server, factory, told["user"], told["password"])
    server.get_mount_points().add_factory("/main", factory)
    server.attach(None)
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, camera.obey)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def lock(server: Any, factory: Any, user: str, password: str) -> None:  # noqa: ANN401  # as above
    """Let in only who knows the password."""
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    may = GstRtspServer.RTSPPermissions()
    for what in ("access", "construct"):
        may.add_permission_for_role("viewer", f"media.factory.{what}", True)
    factory.set_permissions(may)


if __name__ == "__main__":
    main()
