"""``gridwatch camera``: see what a camera sends before it is written into edge.toml."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import cv2
import typer

from edge.picture import AvPicture
from edge.probe import probe as watch
from edge.sources.address import Transport, Way, mistake_in, redacted
from edge.sources.onvif import is_onvif, profiles_of
from gridwatch.commands.shown import as_json, as_lines
from gridwatch.errors import UsageError

app = typer.Typer(no_args_is_help=True)


@app.callback()
def cameras() -> None:
    """See what a camera sends."""


@app.command()
def probe(
    url: Annotated[
        str,
        typer.Argument(help="rtsp://user:password@host:554/path, or onvif://user:password@host"),
    ],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    snapshot: Annotated[
        Path | None, typer.Option(help="Write the last picture there, heads not hidden.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="How long to watch.")] = 5.0,
    transport: Annotated[Transport, typer.Option(help="How pictures travel.")] = Transport.AUTO,
) -> None:
    """Watch a camera: codec, size, pictures a second, key frames, delay, bit rate.

    An ONVIF camera is asked for its streams, and its sub-stream, or ?profile=NAME, is watched.
    """
    if wrong := mistake_in(url):
        raise UsageError(f"{redacted(url)} {wrong}")
    way = Way(url=url, transport=transport, stall_after=timedelta(seconds=10))
    seen, picture = watch(way, seconds=seconds)
    if snapshot is not None:
        _write(snapshot, AvPicture(picture))
    answer = asdict(seen) | ({"snapshot": str(snapshot)} if snapshot else {})
    if is_onvif(url):
        answer["profiles"] = {
            profile.token: asdict(profile) | {"url": redacted(profile.url)}
            for profile in profiles_of(url)
        }
    as_json(answer) if json else as_lines(answer)


def _write(file: Path, picture: AvPicture) -> None:
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2BGR))
    try:
        file.write_bytes(jpeg.tobytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name another file for --snapshot") from None
