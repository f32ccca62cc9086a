"""Read activities: NIST ActEV (JSON), KPF (YAML) and VIRAT 2.0 (text).

Formats: ActEV Scorer of NIST, ``actev_sdl_v2_schema.json``; KPF specification v4 of Kitware, as
in the MEVA and VIRAT annotations; ``README`` of the VIRAT Video Dataset, release 2.0.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gridwatch.errors import AnnotationError
from gridwatch.optional_imports import import_optional

Frames = tuple[int, int]
"""First and last frame."""
VIRAT_COLUMNS = 6
"""At least: event, type, duration, first frame, last frame, current frame."""


class ActevActivity(msgspec.Struct, frozen=True):
    """One activity: for each file 1 where it begins, 0 where it has ended, by frame."""

    activity: str
    localization: dict[str, dict[str, int]]


class ActevFile(msgspec.Struct, frozen=True):
    """A reference file of ActEV; further keys are ignored."""

    activities: list[ActevActivity]


def read_actev_json(file: Path, clip: str, activities: Collection[str]) -> list[Frames]:
    """Read the activities of a clip from a reference file of NIST ActEV.

    Args:
        clip: Its name under ``localization``.

    Raises:
        AnnotationError: The file is not JSON or not in this format; names the line or entry.
    """
    try:
        parsed = msgspec.convert(json.loads(_read_text(file)), ActevFile)
    except json.JSONDecodeError as error:
        raise AnnotationError(file, f"line {error.lineno}", f"is no JSON: {error.msg}") from None
    except msgspec.ValidationError as error:
        raise AnnotationError(file, "", f"{error}; expected the reference format") from None
    return [
        span
        for number, entry in enumerate(parsed.activities)
        if entry.activity in activities and clip in entry.localization
        for span in _switched_on(file, number, entry.localization[clip])
    ]


def read_kpf(file: Path, clip: str, activities: Collection[str]) -> list[Frames]:  # noqa: ARG001  # a file of KPF is about one clip
    """Read the time spans of activities from an ``activities.yml``.

    Raises:
        AnnotationError: A line is not YAML, or an activity has no frames; names the line.
    """
    yaml = import_optional("yaml")
    try:
        root = yaml.compose(_read_text(file), Loader=yaml.SafeLoader)
        entries = yaml.safe_load(_read_text(file)) or []
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        raise AnnotationError(file, where, f"is no YAML: {error}".split("\n")[0]) from None
    if not isinstance(entries, list):
        raise AnnotationError(file, "line 1", "is no list of packets; expected '- {act: …}'")
    lines = [node.start_mark.line + 1 for node in root.value] if root else []
    return [
        span
        for line, entry in zip(lines, entries, strict=True)
        if isinstance(entry, dict) and isinstance(entry.get("act"), dict)
        for span in _kpf_spans(file, line, entry["act"], activities)
    ]


def read_virat_events(file: Path, clip: str, activities: Collection[str]) -> list[Frames]:  # noqa: ARG001  # a file is about one clip
    """Read the events of a ``viratdata.events.txt``; ``activities`` are numbers of event types.

    Raises:
        AnnotationError: A line has not enough whole numbers; names the line.
    """
    spans = set()
    for number, line in enumerate(_read_text(file).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if len(words) < VIRAT_COLUMNS or not all(word.isdecimal() for word in words[:5]):
            reason = f"expected event, type, duration, first and last frame, …: {line[:60]!r}"
            raise AnnotationError(file, f"line {number}", reason)
        if words[1] in activities:  # one line for each frame of an event
            spans.add((int(words[3]), int(words[4])))
    return sorted(spans)


def _switched_on(file: Path, number: int, switches: dict[str, int]) -> Iterator[Frames]:
    try:
        ordered = sorted((int(frame), is_on) for frame, is_on in switches.items())
    except ValueError as error:
        raise AnnotationError(
            file, f"activities[{number}]", f"a frame is no number: {error}"
        ) from None
    begun: int | None = None
    for frame, is_on in ordered:
        if is_on and begun is None:
            begun = frame
        elif not is_on and begun is not None:
            yield begun, frame
            begun = None
    if begun is not None:
        raise AnnotationError(file, f"activities[{number}]", f"begins in frame {begun} without end")


def _kpf_spans(
    file: Path, line: int, act: dict[str, Any], activities: Collection[str]
) -> Iterator[Frames]:
    names = {
        name
        for key, value in act.items()
        if key.startswith("act") and isinstance(value, dict)
        for name in value
    }
    if not names & set(activities):
        return
    try:
        for span in act["timespan"]:
            first, last = span["tsr0"]
            yield int(first), int(last)
    except (KeyError, TypeError, ValueError):
        reason = "expected timespan: [{tsr0: [first frame, last frame]}]"
        raise AnnotationError(file, f"line {line}", reason) from None


def _read_text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationError(file, "", f"cannot be read: {error}") from None
