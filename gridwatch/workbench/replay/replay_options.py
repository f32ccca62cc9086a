"""Parse the options of ``gridwatch scenario replay``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gridwatch.errors import UsageError
from gridwatch.workbench.loaded_models import ModelNames
from models.catalogue import footage
from models.catalogue.progress import FetchProgress
from models.errors import NotInCatalogueError
from pipeline.errors import GeometryError, GroundError
from pipeline.geometry.shapes import Point, ZoneOrLine, make_zone_or_line
from pipeline.ground.marked_ground import Mark, MarkedGround


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """The options as they were typed."""

    video: str
    scenario: str
    zones: tuple[str, ...]
    settings: tuple[str, ...]
    report: Path | None
    models: ModelNames
    detect_fps: float
    gate: bool
    ground: str | None = None
    learn_from: str | None = None


def find_recording(name: str, progress: FetchProgress | None = None) -> Path:
    """Find a recording by its path, or by its name in the footage list, fetching it if needed.

    Raises:
        UsageError: There is no such file and no footage of that name.
        NotFetchedError: The footage is in the list, but no source has it.
    """
    if Path(name).is_file():
        return Path(name)
    try:
        return footage.pull_clip(name, progress=progress)
    except NotInCatalogueError:
        known = ", ".join(footage.list_clips())
        raise UsageError(f"{name}: no such file, and no footage of that name ({known})") from None


def parse_learn_from(text: str) -> Path | timedelta:
    """Return the recording to learn the scene from, or how much of the replayed one.

    Raises:
        UsageError: It is neither a positive number of seconds nor a recording.
    """
    try:
        seconds = float(text)
    except ValueError:
        return find_recording(text)
    if not 0 < seconds < 1e6:
        raise UsageError(f"--learn-from {text}: use a positive number of seconds, or a recording")
    return timedelta(seconds=seconds)


def join_zone_points(zones: Sequence[str], extra_points: Sequence[str]) -> tuple[str, ...]:
    """Append the points of a zone that was typed without quotes.

    Raises:
        UsageError: There is not exactly one zone that they could belong to.
    """
    if not extra_points:
        return tuple(zones)
    if len(zones) != 1:
        raise UsageError(f"{extra_points[0]!r}: put all points of a zone in one quoted argument")
    return (" ".join([*zones, *extra_points]),)


def parse_zone(text: str, number: int = 1) -> ZoneOrLine:
    """Parse ``x,y x,y …`` or ``name:x,y x,y …``; two points make a line.

    Raises:
        UsageError: The text is neither; says what is wrong with it.
    """
    name, colon, rest = text.rpartition(":")
    name = name if colon else ("zone" if number == 1 else f"zone-{number}")
    try:
        points = [Point(*map(float, pair.split(",", 1))) for pair in rest.split()]
        return make_zone_or_line(name, points)
    except (TypeError, ValueError) as error:
        example = "write 'x,y x,y x,y', each 0 to 1"
        reason = error if isinstance(error, GeometryError) else example
        raise UsageError(f"--zone {text!r}: {reason}") from None


def parse_marks(text: str) -> tuple[Mark, ...]:
    """Parse ``x,y=right,up x,y=right,up …``: fractions of the frame, and metres on a plan.

    Raises:
        UsageError: The text cannot be parsed, or the marks define no ground.
    """
    try:
        pairs = [[_parse_pair(side) for side in mark.split("=", 1)] for mark in text.split()]
        return MarkedGround([Mark(Point(*at), metres) for at, metres in pairs]).marks
    except (TypeError, ValueError) as error:
        example = "write 'x,y=right,up …', fractions of the frame and metres, four times or more"
        reason = error if isinstance(error, GroundError) else example
        raise UsageError(f"--ground {text!r}: {reason}") from None


def parse_setting(text: str) -> tuple[str, object]:
    """Parse ``name=value``; numbers become numbers.

    Raises:
        UsageError: There is no ``=``.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text!r}: write name=value")
    for kind in (int, float):
        try:
            return name.strip(), kind(value)
        except ValueError:
            continue
    return name.strip(), value.strip()


def parse_settings(texts: Sequence[str]) -> dict[str, object]:
    """Parse all values of ``--set``; the last one of a name wins.

    Raises:
        UsageError: One of them cannot be parsed.
    """
    return dict(map(parse_setting, texts))


def _parse_pair(text: str) -> tuple[float, float]:
    first, second = map(float, text.split(","))
    return first, second
