"""The truth of recordings: what a site would watch there, and what happens when."""

from pathlib import Path

import msgspec

from gridwatch.errors import AnnotationError, UsageError
from gridwatch.workbench.evaluation.annotations.annotation import Annotation, Span
from gridwatch.workbench.evaluation.annotations.reading import read_annotation
from models.catalogue import footage
from pipeline.errors import GeometryError
from pipeline.geometry.shapes import Point, Zone, ZoneOrLine, make_zone_or_line

REAL_CLIPS = Path(__file__).with_name("real_clips.json")
"""The truth of the clips in the list of footage."""


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scenario on one clip.

    Args:
        zone: Corners in fractions of the frame, two for a line; empty for the whole frame.
        settings: What the site sets, timing too, in seconds.
        happenings: When what the scenario watches for is there, read off the frames; what is
            interrupted for less than ``clear`` is one happening.
        annotation: A published file that the happenings are read from instead.
        note: For the reader.
    """

    scenario: str
    zone: tuple[tuple[float, float], ...] = ()
    settings: dict[str, int | float | str] = {}
    happenings: tuple[Span, ...] = ()
    annotation: Annotation | None = None
    note: str = ""

    def make_zone(self, name: str) -> ZoneOrLine:
        """Return the zone or line.

        Raises:
            GeometryError: The corners make neither.
        """
        corners = [Point(*corner) for corner in self.zone]
        return make_zone_or_line(name, corners) if corners else Zone.full_frame(name)


class ClipTruth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is watched on one clip.

    Args:
        place: Kind of place; its scenarios watch the whole frame, and nothing of theirs happens.
        watches: Scenarios with a zone, other settings or happenings; a scenario that is named
            here is not taken from the place.
        without: Scenarios of the place that make no sense on this clip.
    """

    place: str
    watches: tuple[Watch, ...] = ()
    without: tuple[str, ...] = ()


class Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A truth file.

    Args:
        places: For each kind of place its scenarios, and what a site sets there.
        clips: By name of the clip in the list of footage, or by file name.
        about: For the reader.
    """

    places: dict[str, dict[str, dict[str, int | float | str]]]
    clips: dict[str, ClipTruth]
    about: str = ""

    def watches(self, clip: str) -> tuple[Watch, ...]:
        """Return everything that is watched on a clip.

        Args:
            clip: A path, a file name, or a name in the list of footage.

        Raises:
            UsageError: The truth lacks the clip or its kind of place.
        """
        file = Path(clip).name
        listed = [k for k, each in footage.list_clips().items() if Path(each.file).name == file]
        found = [self.clips[name] for name in (clip, file, *listed) if name in self.clips]
        if not found:
            first = ", ".join(list(self.clips)[:3])
            raise UsageError(f"--truth: nothing about {clip} among {len(self.clips)} ({first} …)")
        truth = found[0]
        if truth.place not in self.places:
            raise UsageError(f"--truth: {clip}: there is no place {truth.place!r} in the file")
        left_out = {*truth.without, *(watch.scenario for watch in truth.watches)}
        of_place = self.places[truth.place].items()
        common = [Watch(scenario=k, settings=v) for k, v in of_place if k not in left_out]
        return (*common, *truth.watches)


def read_truth(file: Path) -> Truth:
    """Read a truth file, and the annotations that it names, relative to its folder.

    Raises:
        UsageError: A file cannot be read, or is not in its format; says where.
    """
    try:
        truth = msgspec.json.decode(file.read_bytes(), type=Truth)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"--truth {file}: {error}") from None
    clips = {
        clip: msgspec.structs.replace(
            entry,
            watches=tuple(_read_happenings(file, clip, watch) for watch in entry.watches),
        )
        for clip, entry in truth.clips.items()
    }
    return msgspec.structs.replace(truth, clips=clips)


def _read_happenings(file: Path, clip: str, watch: Watch) -> Watch:
    if any(since >= until or since < 0 for since, until in watch.happenings):
        raise UsageError(f"--truth {file}: {clip}: {watch.scenario}: from before until")
    if watch.annotation is None:
        return watch
    if watch.happenings:
        reason = "give happenings or an annotation"
        raise UsageError(f"--truth {file}: {clip}: {watch.scenario}: {reason}")
    try:
        zone = watch.make_zone("annotation")
        spans = read_annotation(watch.annotation, file.parent, clip=Path(clip).name, zone=zone)
    except (AnnotationError, GeometryError) as error:
        raise UsageError(f"--truth {file}: {clip}: {watch.scenario}: {error}") from None
    return msgspec.structs.replace(watch, happenings=spans)
