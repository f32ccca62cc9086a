"""``gridwatch camera``: find cameras, and see what they send before edge.toml names them."""

import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import cv2
import typer

from edge.sources.camera_address import CameraAddress, Transport, redact_credentials, url_problem
from edge.sources.decoded_picture import AvPicture
from edge.sources.discovery import DiscoveryResult
from edge.sources.discovery import discover as ask_all
from edge.sources.onvif import is_onvif_url, list_profiles
from edge.sources.rtsp.stream_probe import probe_stream as watch
from gridwatch.commands.output import print_json, print_lines
from gridwatch.errors import UsageError

app = typer.Typer(no_args_is_help=True)
NO_CAMERA_FOUND = """no camera answered; check that
- this machine is on the cameras' network: discovery does not pass routers (--interface ADDRESS)
- no firewall or switch blocks multicast to 239.255.255.250, UDP port 3702, or the answers
- ONVIF is enabled in the cameras' settings: many makers ship it disabled
a camera with a known address needs no search: gridwatch camera probe onvif://user:password@HOST"""


@app.callback()
def cameras() -> None:
    """Find cameras and see what they send."""


@app.command()
def discover(
    *,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long to wait.")] = 3.0,
    interface: Annotated[
        str, typer.Option(help="This machine's address on the cameras' network.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find the ONVIF cameras of the local network: address, name, hardware, location."""
    discovery = ask_all(seconds=seconds, interface=interface)
    print_json(discovery.cameras) if json else _show(discovery)
    if discovery.skipped:
        print(
            f"skipped {discovery.skipped} answers: not from a camera, or unreadable",
            file=sys.stderr,
        )


def _show(discovery: DiscoveryResult) -> None:
    rows = [(c.address, c.name, c.hardware, c.location) for c in discovery.cameras]
    head = ("address", "name", "hardware", "location")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in [head, *rows] if rows else []:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    if not rows:
        print(NO_CAMERA_FOUND)


@app.command()
def probe(
    url: Annotated[
        str,
        typer.Argument(help="rtsp://user:password@host:554/path, or onvif://user:password@host"),
    ],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    snapshot: Annotated[
        Path | None, typer.Option(help="Write the last frame to this file, not redacted.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="How long to watch.")] = 5.0,
    transport: Annotated[Transport, typer.Option(help="Transport of the stream.")] = Transport.AUTO,
) -> None:
    """Measure the stream of a camera: codec, size, frame rate, key frames, delay, bit rate.

    For an ONVIF camera, list its profiles and measure its sub-stream, or ?profile=NAME.
    """
    if problem := url_problem(url):
        raise UsageError(f"{redact_credentials(url)} {problem}")
    address = CameraAddress(url=url, transport=transport, stall_after=timedelta(seconds=10))
    stream, picture = watch(address, seconds=seconds)
    if snapshot is not None:
        _write_snapshot(snapshot, AvPicture(picture))
    result = asdict(stream) | ({"snapshot": str(snapshot)} if snapshot else {})
    if is_onvif_url(url):
        result["profiles"] = {
            profile.token: asdict(profile) | {"url": redact_credentials(profile.url)}
            for profile in list_profiles(url)
        }
    print_json(result) if json else print_lines(result)


def _write_snapshot(file: Path, picture: AvPicture) -> None:
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2BGR))
    try:
        file.write_bytes(jpeg.tobytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name another file for --snapshot") from None
